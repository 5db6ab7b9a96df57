"""The tools an executor runs. Each turns a request into one result; errors are results that say what to do next."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from mycoderai.schemas.execution import Policy, TestReport, ToolRequest, ToolResult
from mycoderai.workers.core.toolcalls.toolcalls import command_in_literal
from mycoderai.workers.executor.boxes import TOOLBOX, Kit
from mycoderai.workers.executor.output import Keep, ending, kept, shown
from mycoderai.workers.executor.sandbox import BoxSpec, Sandbox
from mycoderai.workers.executor.sandbox.supervise import OnOutput

FILE_LIMIT_S = 30.0
MAX_BASH_S = 1800.0
KEPT_BYTES = 8 << 20
SHOWN_TESTS = 20
_NOT_GREEN = ("failed", "error", "timeout", "crashed")

Report = Callable[[str, tuple[str, ...]], Awaitable[TestReport]]


class Toolkit(msgspec.Struct, frozen=True):
    """What a tool may use. `report` runs the tests of a tree (empty: the present one) and a selection; `keep` stores
    an output that was cut; `on_output` hears what commands print."""

    sandbox: Sandbox
    kit: Kit
    policy: Policy
    workspace: Path
    report: Report
    keep: Keep | None = None
    on_output: OnOutput | None = None


Tool = Callable[[Toolkit, ToolRequest], Awaitable[ToolResult]]


async def bash(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
    command = request.arguments.get("command")
    if not isinstance(command, str) or not command.strip():
        return _error(request, "`command` must be a non-empty string.")
    if advice := command_in_literal(command):
        return _error(request, advice)
    limit_s = min(_number(request.arguments.get("timeout_s"), toolkit.policy.command_limit_s), MAX_BASH_S)
    spec = _keeping_more(toolkit.kit.spec(toolkit.workspace, toolkit.policy, limit_s))
    result = await toolkit.sandbox.run(["/bin/bash", "-c", command], spec, on_output=toolkit.on_output)
    output, truncated = shown(result.output)
    artifact, trouble = await kept(toolkit.keep, result.output) if truncated and toolkit.keep else (None, "")
    return ToolResult(
        call=request.call,
        name=request.name,
        output="\n".join(part for part in (output, ending(result, limit_s), trouble) if part),
        exit_code=result.exit_code,
        truncated=truncated,
        data={"artifact": msgspec.to_builtins(artifact)} if artifact else None,
    )


def in_the_toolbox(program: str) -> Tool:
    """A tool that is a program of `mycoder_files`: it gets the arguments as they are and prints its answer."""

    async def run(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
        spec = toolkit.kit.spec(toolkit.workspace, toolkit.policy, FILE_LIMIT_S)
        argv = [toolkit.kit.python, "-I", "-S", f"{TOOLBOX}/mycoder_tool.py", program]
        result = await toolkit.sandbox.run(argv, spec, stdin=msgspec.json.encode(request.arguments))
        output, truncated = shown(result.output)
        if result.ended_by != "exit":
            output = f"{output}\n{_STOPPED.format(request.name, result.ended_by, FILE_LIMIT_S)}".lstrip()
        return ToolResult(
            call=request.call, name=request.name, output=output, exit_code=result.exit_code, truncated=truncated
        )

    return run


async def run_tests(toolkit: Toolkit, request: ToolRequest) -> ToolResult:
    selection = request.arguments.get("selection") or []
    if isinstance(selection, str):
        selection = [selection]
    if not isinstance(selection, list) or not all(isinstance(item, str) for item in selection):
        return _error(request, "`selection` must be a list of test ids.")
    report = await toolkit.report("", tuple(selection))
    data = summary(report)
    text = f"{_headline(report)}\n{report.output[-4000:]}\n{json.dumps(data, ensure_ascii=False)}"
    return ToolResult(call=request.call, name=request.name, output=text, exit_code=report.exit_code, data=data)


TOOLS: dict[str, Tool] = {
    "bash": bash,
    "str_replace_editor": in_the_toolbox("edit"),
    "apply_patch": in_the_toolbox("patch"),
    "search": in_the_toolbox("search"),
    "run_tests": run_tests,
    "repo_map": in_the_toolbox("map"),
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


def _keeping_more(spec: BoxSpec) -> BoxSpec:
    """What is cut for the model is kept whole, as far as memory can be spared for it."""
    limits = msgspec.structs.replace(spec.limits, output_bytes=KEPT_BYTES)
    return msgspec.structs.replace(spec, limits=limits)


_STOPPED = "{} was stopped ({}); it has {:.0f} s. Do less at a time."


def _number(value: object, default: float) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) else default
    except ValueError:
        return default
    return number if 0 < number < 1e6 else default


def _error(request: ToolRequest, message: str) -> ToolResult:
    return ToolResult(call=request.call, name=request.name, output=message, exit_code=1)
