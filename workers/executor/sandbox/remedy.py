"""What an operator can do when no box comes up, guessed from what the kernel allows."""

from pathlib import Path

TRUST = "If all code that will run is yours, start with `--trust-code`."

# (file below /proc/sys, value that forbids user namespaces, what to do)
SWITCHES = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`",
    ),
    ("kernel/unprivileged_userns_clone", "0", "`sudo sysctl -w kernel.unprivileged_userns_clone=1`"),
    ("user/max_user_namespaces", "0", "`sudo sysctl -w user.max_user_namespaces=15000`"),
)


def remedy(message: str, sys: Path = Path("/proc/sys")) -> str:
    """One or two sentences; `message` is what the failed box said."""
    for file, forbidding, command in SWITCHES:
        if _value(sys / file) == forbidding:
            return f"Allow user namespaces: {command}. {TRUST}"
    if in_container() and "permitted" in message:
        return f"Run the executor outside a container, or the container with user namespaces allowed. {TRUST}"
    return f"`mycoder doctor` shows what was tried. {TRUST}"


def in_container() -> bool:
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def _value(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
