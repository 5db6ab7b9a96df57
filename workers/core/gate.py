"""The gate (invariant I7): whether what was observed allows a step to say "done". Pure."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from mycoderai.schemas.execution import TestOutcome, TestReport
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.plan import Acceptance
from mycoderai.workers.core.globs import matches
from mycoderai.workers.core.testfiles import is_test_config, is_test_path

NAMED = 5
_GREEN = ("passed", "skipped")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a step may do, and what must be seen of it."""

    accept: Acceptance = Acceptance()
    writes: tuple[str, ...] = ("**",)
    own: Sequence[str] | None = None
    """The paths that this very step has changed, where other steps' changes are among `changed`."""
    edit_tests: bool = False
    existing: Collection[str] | None = None
    """Paths that were there at the start; a test that is not among them is a new one. None: all were."""
    harmless: Collection[str] = ()
    """Changed files of settings in which nothing about tests has changed."""
    testpaths: tuple[str, ...] = ()


def judge(before: TestReport, now: TestReport, changed: Sequence[str], rules: Rules | None = None) -> Failure | None:
    """Why the change is refused, or None.

    before: the tests where the work started: the run's base for a `suite` check, else the step's own start. now: the
    same command on a clean checkout of the tree that is handed in. changed: paths that differ between the two trees.
    """
    rules = rules or Rules()
    if not changed and rules.accept.check != "targets":
        return _refused("Nothing was changed.")
    own = changed if rules.own is None else rules.own
    if forbidden := [path for path in own if not matches(path, rules.writes)]:
        return _refused(f"This role may not change {_some(forbidden)}.")
    if not rules.edit_tests and (touched := _touched(before, changed, rules)):
        return _refused(f"Tests or their configuration were changed: {_some(touched)}.")
    return _all_green(before, now) if rules.accept.check == "suite" else _none_worse(before, now, rules.accept)


def fixed(before: TestReport, now: TestReport) -> tuple[str, ...]:
    """Tests that were not green before and pass now."""
    passing = {test.id for test in now.tests if test.outcome == "passed"}
    return tuple(test.id for test in before.tests if test.outcome not in _GREEN and test.id in passing)


def _all_green(before: TestReport, now: TestReport) -> Failure | None:
    if not_green := [test.id for test in now.tests if test.outcome not in _GREEN]:
        return _refused(f"{len(not_green)} tests do not pass: {_some(not_green)}.")
    if fewer := _fewer(before, now):
        return fewer
    if now.collect_errors:
        return _refused(f"Tests cannot be collected: {now.collect_errors[0]}")
    if now.exit_code != 0:
        return _refused(f"The test command ended with exit code {now.exit_code}.")
    if before.tests and not now.tests:
        return _refused("No test was run.")
    return None


def _none_worse(before: TestReport, now: TestReport, accept: Acceptance) -> Failure | None:
    """Other tests may be red, as they were where the step started."""
    red_before = {test.id for test in before.tests if test.outcome not in _GREEN}
    broken = [test.id for test in now.tests if test.outcome not in _GREEN and test.id not in red_before]
    if broken:
        return _refused(f"{len(broken)} tests that did not fail before do not pass now: {_some(broken)}.")
    if fewer := _fewer(before, now):
        return fewer
    if new := sorted({_module(error) for error in now.collect_errors} - {_module(e) for e in before.collect_errors}):
        return _refused(f"Tests can no longer be collected: {_some(new)}.")
    if now.exit_code != 0 and not now.tests:
        return _refused(f"The test command ended with exit code {now.exit_code}, and no test was reported.")
    if missing := [target for target in accept.tests if not _passes(target, now.tests)]:
        return _refused(f"{len(missing)} of the tests this step is about do not pass: {_some(missing)}.")
    return None


def _fewer(before: TestReport, now: TestReport) -> Failure | None:
    if lost := sorted({test.id for test in before.tests} - {test.id for test in now.tests}):
        return _refused(f"{len(lost)} tests are no longer run: {_some(lost)}.")
    if skipped := _newly_skipped(before, now):
        return _refused(f"{len(skipped)} tests are skipped now that were not before: {_some(skipped)}.")
    return None


def _passes(target: str, tests: Iterable[TestOutcome]) -> bool:
    """A target names a test, all cases of one, or all tests of a class, file or folder."""
    below = tuple(f"{target.rstrip('/')}{mark}" for mark in ("[", "::", "/"))
    outcomes = [test.outcome for test in tests if test.id == target or test.id.startswith(below)]
    return "passed" in outcomes and all(outcome in _GREEN for outcome in outcomes)


def _touched(before: TestReport, changed: Sequence[str], rules: Rules) -> list[str]:
    tests = {test.id.split("::")[0] for test in before.tests}
    return [
        path
        for path in changed
        if (is_test_config(path) and path not in rules.harmless)
        or ((path in tests or is_test_path(path, rules.testpaths)) and _was_there(path, rules))
    ]


def _was_there(path: str, rules: Rules) -> bool:
    return rules.existing is None or path in rules.existing


def _newly_skipped(before: TestReport, now: TestReport) -> list[str]:
    skipped = {test.id for test in before.tests if test.outcome == "skipped"}
    return [test.id for test in now.tests if test.outcome == "skipped" and test.id not in skipped]


def _module(collect_error: str) -> str:
    return collect_error.split(": ")[0]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _refused(message: str) -> Failure:
    return Failure(code=FailureCode.GATE_REFUSED, message=message)
