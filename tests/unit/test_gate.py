"""Weakened suites, touched tests, lost tests: none of them is a success."""

import pytest

from mycoderai.schemas.execution import TestCounts, TestOutcome, TestReport
from mycoderai.workers.core.gate import fixed, judge


def report(exit_code: int = 0, **outcomes: str) -> TestReport:
    tests = tuple(TestOutcome(id=f"tests/test_a.py::{name}", outcome=o) for name, o in outcomes.items())  # type: ignore[arg-type]
    return TestReport(command="pytest", exit_code=exit_code, counts=TestCounts(total=len(tests)), tests=tests)


BEFORE = report(1, one="failed", two="passed", three="skipped")
GREEN = report(0, one="passed", two="passed", three="skipped")


def test_an_honest_fix_is_accepted_and_named() -> None:
    assert judge(BEFORE, GREEN, ["app.py"]) is None
    assert fixed(BEFORE, GREEN) == ("tests/test_a.py::one",)


@pytest.mark.parametrize(
    ("now", "changed", "reason"),
    [
        (GREEN, [], "Nothing was changed"),
        (GREEN, ["app.py", "tests/test_a.py"], "tests/test_a.py"),
        (GREEN, ["conftest.py"], "conftest.py"),
        (GREEN, ["pytest.ini"], "pytest.ini"),
        (report(1, one="failed", two="passed", three="skipped"), ["app.py"], "do not pass"),
        (report(0, two="passed", three="skipped"), ["app.py"], "no longer run"),
        (report(0, one="skipped", two="passed", three="skipped"), ["app.py"], "skipped now"),
        (report(0, one="passed", two="timeout", three="skipped"), ["app.py"], "do not pass"),
        (report(3, one="passed", two="passed", three="skipped"), ["app.py"], "exit code 3"),
        (report(0), ["app.py"], "no longer run"),
    ],
)
def test_what_only_looks_green_is_refused(now: TestReport, changed: list[str], reason: str) -> None:
    refusal = judge(BEFORE, now, changed)
    assert refusal is not None
    assert reason in refusal.message


def test_a_test_file_by_another_name_is_known_from_its_test_ids() -> None:
    before = TestReport(
        command="pytest",
        exit_code=1,
        counts=TestCounts(),
        tests=(TestOutcome(id="checks/verify.py::one", outcome="failed"),),
    )
    now = TestReport(
        command="pytest",
        exit_code=0,
        counts=TestCounts(),
        tests=(TestOutcome(id="checks/verify.py::one", outcome="passed"),),
    )
    assert judge(before, now, ["checks/verify.py"]) is not None
    assert judge(before, now, ["app.py"]) is None
