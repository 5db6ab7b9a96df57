"""Events and results as lines for a person. What comes from code or models is made harmless for a terminal."""

import json
from typing import Any

from mycoderai.gateway.cli.view import RunView, seconds
from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import (
    CancelAsked,
    EvidenceRecorded,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import TestCounts, ToolResult

WIDTH = 110
MAX_LINE = 200
MAX_LINES = 40


def change(recorded: Recorded) -> str:
    """The event as a sentence; empty when it says nothing new to a person."""
    match recorded.event:
        case RunSubmitted(task=task):
            return f"submitted: {clean(task)}"
        case RunPlanned(steps=steps):
            return "planned: " + ", ".join(f"{step.id} ({step.role})" for step in steps)
        case StepReady(round=round_):
            return f"waits for a {recorded.subject.pool}" + (f", round {round_}" if round_ > 1 else "")
        case StepStarted(attempt=attempt, worker=worker):
            return f"attempt {attempt} started by {clean(worker, 40)}"
        case StepOpened() as opened:
            command = f"; tests: {clean(opened.test_command, 60)}" if opened.test_command else ""
            return f"workspace open ({clean(opened.isolation, 30) or 'no isolation named'}){command}"
        case StepTurn() as turn:
            return f"turn {turn.turn}: {_turn(turn)}"
        case EvidenceRecorded(evidence=evidence):
            return f"tests seen: {counts(evidence.tests)} (exit {evidence.exit_code})"
        case StepDone(summary=summary):
            return _done(summary)
        case StepFailed(failure=failure):
            return f"failed: {clean(failure.message, 300)}"
        case CancelAsked(by=by, reason=reason):
            return "cancel asked" + (f" by {clean(by, 40)}" if by else "") + (f": {clean(reason)}" if reason else "")
        case RunFinished(status=status):
            return f"finished: {status}"
    return ""


def line(recorded: Recorded, view: RunView) -> str:
    """One change on one line: seconds since the submission, the step, the sentence."""
    text = change(recorded)
    if not text:
        return ""
    elapsed = max(seconds(recorded.time) - view.submitted_s, 0.0)
    return f"{elapsed:7.1f}s  {recorded.subject.step or 'run':<8}  {text}"


def spoken(recorded: Recorded) -> list[str]:
    """What the model said and the tools printed in a turn, indented."""
    if not isinstance(recorded.event, StepTurn):
        return []
    texts = [recorded.event.message.content, *(result.output for result in recorded.event.results)]
    return [f"{'':20}{text}" for body in texts for text in _head(block(body).strip("\n").splitlines())]


def _head(lines: list[str]) -> list[str]:
    cut = [text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…" for text in lines[:MAX_LINES]]
    return cut if len(lines) <= MAX_LINES else [*cut, f"… {len(lines) - MAX_LINES} more lines; --json has them all"]


def counts(tests: TestCounts) -> str:
    """`10 passed, 1 failed`"""
    named = ("passed", "failed", "error", "timeout", "crashed", "skipped")
    parts = [f"{getattr(tests, name)} {name}" for name in named if getattr(tests, name)]
    return ", ".join(parts) or "no tests"


def cost(usd: float | None) -> str:
    if usd is None:
        return "cost unknown"
    return f"${usd:.4f}" if usd else "free"


def clean(text: str, width: int = WIDTH) -> str:
    """On one line, without control characters, cut to a width."""
    flat = " ".join(text.split())
    flat = "".join(char if char.isprintable() else "�" for char in flat)
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def block(text: str) -> str:
    """Several lines, without control characters other than line feed and tab."""
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text.replace("\r\n", "\n"))


def _done(summary: str) -> str:
    """Its subject line; the rest of the summary is for the end of the run."""
    subject = clean(summary.strip().partition("\n")[0])
    return f"done: {subject}" if subject else "done"


def _turn(turn: StepTurn) -> str:
    if not turn.message.tool_calls:
        return clean(turn.message.content) or "no tool call"
    results = {result.call: result for result in turn.results}
    return "; ".join(_call(call, results.get(call.id)) for call in turn.message.tool_calls)


def _call(call: ToolCall, result: ToolResult | None) -> str:
    said = f"{clean(call.name, 30)} {_argument(call)}".rstrip()
    return f"{said} → {_outcome(result)}" if result else said


def _argument(call: ToolCall) -> str:
    """The argument that tells most about a call."""
    try:
        arguments: Any = json.loads(call.arguments or "{}")
    except ValueError:
        return clean(call.arguments, 60)
    if not isinstance(arguments, dict):
        return ""
    for name in ("path", "pattern", "selection", "command", "question", "summary"):
        if arguments.get(name):
            value = arguments[name]
            return clean(value.partition("\n")[0] if isinstance(value, str) else json.dumps(value), 60)
    return ""


def _outcome(result: ToolResult) -> str:
    found = result.data.get("counts") if result.data else None
    if isinstance(found, dict):
        named = {name: value for name, value in found.items() if name in TestCounts.__struct_fields__}
        return counts(TestCounts(**named))
    if result.exit_code:
        return f"exit {result.exit_code}: {clean(result.output, 70)}"
    return "ok"
