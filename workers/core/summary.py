"""Counts out of what a test command printed, for commands that are not ours to instrument."""

import re

from mycoderai.schemas.execution import TestCounts

_UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_UNITTEST_END = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
_PYTEST_END = re.compile(r"^=* ?((?:\d+ [a-z]+,? ?)+) in [\d.]+s", re.MULTILINE)
_NUMBER = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def counts_in(output: str) -> TestCounts | None:
    """What the last summary in the output says, in the form of unittest or pytest; None where there is none."""
    if ran := list(_UNITTEST_RAN.finditer(output)):
        return _unittest(int(ran[-1][1]), output[ran[-1].end() :])
    if ends := list(_PYTEST_END.finditer(output)):
        return _pytest(ends[-1][1])
    return None


def _unittest(total: int, rest: str) -> TestCounts:
    end = _UNITTEST_END.search(rest)
    parts = dict(part.split("=") for part in (end[1] or "").split(", ") if "=" in part) if end else {}
    failed, error, skipped = (int(parts.get(name, 0)) for name in ("failures", "errors", "skipped"))
    return TestCounts(
        passed=max(0, total - failed - error - skipped), failed=failed, error=error, skipped=skipped, total=total
    )


def _pytest(text: str) -> TestCounts:
    found = {name.removesuffix("s") if name.startswith("error") else name: int(n) for n, name in _NUMBER.findall(text)}
    return TestCounts(**found, total=sum(found.values()))
