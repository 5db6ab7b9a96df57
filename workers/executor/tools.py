"""The tools an executor runs. Each turns a request into one result; errors are results that say what to do next."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from mycoderai.schemas.execution import Policy, TestReport, ToolRequest, ToolResult
from mycoderai.workers.executor.boxes import TOOLBOX, Kit
from mycoderai.workers.executor.sandbox import BoxResult, Sandbox

SHOWN_CHARS = 30_000
EDIT_LIMIT_S = 20.0
MAX_BASH_S = 1800.0
SHOWN_TESTS = 20
_NOT_GREEN = ("failed", "error", "timeout", "crashed")

Report = Callable[[str, tuple[str, ...]], Awaitable[TestReport]]


class Toolkit(msgspec.Struct, frozen=True):
    """What a tool may use. `report` runs the tests of a tree (empty: the present one) and a selection."""

    sandbox: Sandbox
    kit: Kit
    policy: Policy
    workspace: Path
    report: Report


async def bash(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
    command = request.arguments.get("command")
    if not isinstance(command, str) or not command.strip():
        return _error(request, "`command` must be a non-empty string.")
    limit_s = _number(request.arguments.get("timeout_s"), toolkit.policy.command_limit_s)
    spec = toolkit.kit.spec(toolkit.workspace, toolkit.policy, min(limit_s, MAX_BASH_S))
    result = await toolkit.sandbox.run(["/bin/bash", "-c", command], spec)
    output, truncated = _shown(result.output)
    if note := _ending(result, limit_s):
        output = f"{output}\n{note}"
    return ToolResult(
        call=request.call, name=request.name, output=output, exit_code=result.exit_code, truncated=truncated
    )


async def edit(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
    spec = toolkit.kit.spec(toolkit.workspace, toolkit.policy, EDIT_LIMIT_S)
    result = await toolkit.sandbox.run(
        [toolkit.kit.python, "-I", f"{TOOLBOX}/mycoder_edit.py"],
        spec,
        stdin=msgspec.json.encode(request.arguments),
    )
    output, truncated = _shown(result.output)
    return ToolResult(
        call=request.call, name=request.name, output=output, exit_code=result.exit_code, truncated=truncated
    )


async def run_tests(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
    selection = request.arguments.get("selection") or []
    if not isinstance(selection, list) or not all(isinstance(item, str) for item in selection):
        return _error(request, "`selection` must be a list of test ids.")
    report = await toolkit.report("", tuple(selection))
    data = summary(report)
    text = f"{_headline(report)}\n{report.output[-4000:]}\n{json.dumps(data, ensure_ascii=False)}"
    return ToolResult(call=request.call, name=request.name, output=text, exit_code=report.exit_code, data=data)


TOOLS: dict[str, Callable[[Toolkit, ToolRequest], Awaitable[ToolResult]]] = {
    "bash": bash,
    "str_replace_editor": edit,
    "run_tests": run_tests,
}


def unknown_tool(request: ToolRequest) -> ToolResult:
    return _error(request, f"There is no tool {request.name!r}. Tools: {', '.join(TOOLS)}.")


def summary(report: TestReport) -> dict[str, object]:
    """A test report as a model gets it: counts, the tests that are not green, the tree."""
    not_green = [test for test in report.tests if test.outcome in _NOT_GREEN]
    return {
        "command": report.command,
        "exit_code": report.exit_code,
        "tree": report.tree,
        "duration_s": report.duration_s,
        "counts": msgspec.to_builtins(report.counts) | {"not_green": report.counts.not_green},
        "not_green": [
            {"id": test.id, "outcome": test.outcome, "message": test.message[:500]} for test in not_green[:SHOWN_TESTS]
        ],
        "collect_errors": [error[:500] for error in report.collect_errors[:3]],
    }


def _headline(report: TestReport) -> str:
    counts = report.counts
    return (
        f"{counts.passed} passed, {counts.not_green} not green, {counts.skipped} skipped in {report.duration_s:.1f} s"
    )


def _shown(output: bytes) -> tuple[str, bool]:
    text = output.decode(errors="replace")
    if len(text) <= SHOWN_CHARS:
        return text, False
    half = SHOWN_CHARS // 2
    return f"{text[:half]}\n[{len(text) - SHOWN_CHARS} characters left out]\n{text[-half:]}", True


_ENDINGS = {
    "wall": "Stopped after {limit:.0f} s; ask for more with timeout_s, or do less at a time.",
    "cpu": "Stopped: the command used up its CPU time.",
    "memory": "Stopped: the command used more memory than it may.",
    "processes": "Stopped: the command started more processes than it may.",
    "output": "Stopped: the command printed more than it may; redirect its output to a file.",
    "disk": "Stopped: the command wrote more than it may.",
}


def _ending(result: BoxResult, limit_s: float) -> str:
    return _ENDINGS.get(result.ended_by, "").format(limit=limit_s)


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 1e6 else default


def _error(request: ToolRequest, message: str) -> ToolResult:
    return ToolResult(call=request.call, name=request.name, output=message, exit_code=1)
