"""The gate (invariant I7): whether what was observed allows a step to say "done". Pure."""

from collections.abc import Iterable, Sequence

from mycoderai.schemas.execution import TestReport
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.workers.core.testfiles import is_test_config, is_test_path

NAMED = 5
_GREEN = ("passed", "skipped")


def judge(before: TestReport, now: TestReport, changed: Sequence[str], testpaths: Sequence[str] = ()) -> Failure | None:
    """Why the change is refused, or None.

    before: the tests on the tree the work started from. now: the same command on a clean checkout of the tree that
    is handed in. changed: paths that differ between the two trees.
    """
    old_tests = {test.id for test in before.tests}
    touched = [path for path in changed if is_test_config(path) or _is_known_test(path, old_tests, testpaths)]
    lost = sorted(old_tests - {test.id for test in now.tests})
    if not changed:
        return _refused("Nothing was changed.")
    if touched:
        return _refused(f"Tests or their configuration were changed: {_some(touched)}.")
    if not_green := [test.id for test in now.tests if test.outcome not in _GREEN]:
        return _refused(f"{len(not_green)} tests do not pass: {_some(not_green)}.")
    if lost:
        return _refused(f"{len(lost)} tests are no longer run: {_some(lost)}.")
    if skipped := _newly_skipped(before, now):
        return _refused(f"{len(skipped)} tests are skipped now that were not before: {_some(skipped)}.")
    if now.collect_errors:
        return _refused(f"Tests cannot be collected: {now.collect_errors[0]}")
    if now.exit_code != 0:
        return _refused(f"The test command ended with exit code {now.exit_code}.")
    if before.tests and not now.tests:
        return _refused("No test was run.")
    return None


def fixed(before: TestReport, now: TestReport) -> tuple[str, ...]:
    """Tests that were not green before and pass now."""
    passing = {test.id for test in now.tests if test.outcome == "passed"}
    return tuple(test.id for test in before.tests if test.outcome not in _GREEN and test.id in passing)


def _is_known_test(path: str, old_tests: Iterable[str], testpaths: Sequence[str]) -> bool:
    return is_test_path(path, testpaths) or any(test.split("::")[0] == path for test in old_tests)


def _newly_skipped(before: TestReport, now: TestReport) -> list[str]:
    skipped = {test.id for test in before.tests if test.outcome == "skipped"}
    return [test.id for test in now.tests if test.outcome == "skipped" and test.id not in skipped]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _refused(message: str) -> Failure:
    return Failure(code=FailureCode.GATE_REFUSED, message=message)
