"""Runs a test command in a box and turns what came out into a TestReport."""

import shlex
from pathlib import Path

import msgspec
import structlog

from mycoderai.schemas.execution import Policy, TestCounts, TestOutcome, TestReport
from mycoderai.workers.core.summary import counts_in
from mycoderai.workers.executor.boxes import OUT, TOOLBOX, Kit
from mycoderai.workers.executor.safe_read import read_untrusted
from mycoderai.workers.executor.sandbox import BoxResult, Sandbox
from mycoderai.workers.executor.sandbox.supervise import OnOutput

DEFAULT_COMMAND = "pytest"
MAX_REPORT_BYTES = 32 << 20
SPARE_S = 15.0
log = structlog.get_logger()


class _CollectError(msgspec.Struct, kw_only=True):
    id: str
    message: str


class _Report(msgspec.Struct, kw_only=True):
    """What `mycoder_tests` writes; the code under test could have written it too, so nothing in it is trusted
    beyond its shape."""

    exit_code: int
    counts: dict[str, int]
    tests: tuple[TestOutcome, ...] = ()
    collect_errors: tuple[_CollectError, ...] = ()


async def run_tests(
    sandbox: Sandbox,
    kit: Kit,
    workspace: Path,
    out: Path,
    command: str,
    policy: Policy,
    selection: tuple[str, ...] = (),
    on_output: OnOutput | None = None,
) -> TestReport:
    """One run of the test command in `workspace`. `out` is an empty folder the box may write its report to."""
    pytest_arguments = as_pytest(command)
    spec = kit.spec(workspace, policy, policy.suite_limit_s + SPARE_S, out)
    if pytest_arguments is None:
        result = await sandbox.run(["/bin/sh", "-c", command], spec, on_output=on_output)
        return _from_output(command, result)
    report = out / "report.json"
    argv = [kit.python, f"{TOOLBOX}/mycoder_tests.py", "--report", f"{OUT}/{report.name}"]
    argv += ["--limit-s", f"{policy.test_limit_s:g}", "--wall-s", f"{policy.suite_limit_s:g}"]
    for test in selection:
        argv += ["--select", test]
    result = await sandbox.run([*argv, "--", *pytest_arguments], spec, on_output=on_output)
    return _from_report(command, result, report)


def as_pytest(command: str) -> list[str] | None:
    """The arguments, when the command is a plain call of pytest, which then runs instrumented; else None."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if any(mark in command for mark in "|&;<>$`\n"):
        return None
    match words:
        case ["pytest" | "py.test", *arguments]:
            return arguments
        case ["python" | "python3", "-m", "pytest", *arguments]:
            return arguments
    return None


def _from_report(command: str, result: BoxResult, report: Path) -> TestReport:
    output = result.output.decode(errors="replace")
    try:
        found = msgspec.json.decode(read_untrusted(report, MAX_REPORT_BYTES), type=_Report, strict=False)
    except (OSError, msgspec.DecodeError, RecursionError) as err:
        log.warning("tests.no_report", error=str(err)[:200], ended_by=result.ended_by)
        return _without_report(command, result, output)
    known = {name: found.counts.get(name, 0) for name in TestCounts.__struct_fields__}
    return TestReport(
        command=command,
        exit_code=found.exit_code if result.ended_by == "exit" else result.exit_code or 1,
        counts=TestCounts(**known),
        tests=found.tests,
        collect_errors=tuple(f"{error.id}: {error.message}"[:2000] for error in found.collect_errors[:20]),
        duration_s=round(result.duration_s, 3),
        output=output,
    )


def _from_output(command: str, result: BoxResult) -> TestReport:
    output = result.output.decode(errors="replace")
    counts = counts_in(output) or TestCounts()
    exit_code = result.exit_code if result.ended_by == "exit" else result.exit_code or 1
    return TestReport(
        command=command, exit_code=exit_code, counts=counts, duration_s=round(result.duration_s, 3), output=output
    )


def _without_report(command: str, result: BoxResult, output: str) -> TestReport:
    reason = f"the test run was stopped ({result.ended_by}) before it could report; it exited {result.exit_code}"
    return TestReport(
        command=command,
        exit_code=result.exit_code or 1,
        counts=TestCounts(error=1, total=1),
        collect_errors=(reason,),
        duration_s=round(result.duration_s, 3),
        output=output,
    )
