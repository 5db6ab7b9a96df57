"""Text for a terminal. What comes from code or models is made harmless first."""

from mycoderai.schemas.execution import TestCounts

WIDTH = 110


def clean(text: str, width: int = WIDTH) -> str:
    """On one line, without control characters, cut to a width."""
    flat = " ".join(text.split())
    flat = "".join(char if char.isprintable() else "�" for char in flat)
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def block(text: str) -> str:
    """Several lines, without control characters other than line feed and tab."""
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text.replace("\r\n", "\n"))


def counts(tests: TestCounts) -> str:
    """`10 passed, 1 failed`"""
    named = ("passed", "failed", "error", "timeout", "crashed", "skipped")
    parts = [f"{getattr(tests, name)} {name}" for name in named if getattr(tests, name)]
    return ", ".join(parts) or "no tests"


def cost(usd: float | None) -> str:
    if usd is None:
        return "cost unknown"
    return f"${usd:.4f}" if usd else "free"


def by(who: str) -> str:
    """` by ann@host`, or nothing when nobody is named."""
    return f" by {clean(who, 40)}" if who else ""


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
