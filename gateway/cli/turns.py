"""What a turn did, in a line or in full."""

import json
from typing import Any

from mycoderai.gateway.cli.text import block, clean, counts
from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import StepTurn
from mycoderai.schemas.execution import TestCounts, ToolResult

MAX_LINE = 200
MAX_LINES = 40
_TELLING = ("path", "pattern", "selection", "command", "question", "action", "summary")
"""Arguments that say most about a call, the best first."""


def turn_line(turn: StepTurn) -> str:
    heard = "".join(f"heard {clean(item.text, 60)!r}; " for item in turn.heard)
    return f"turn {turn.turn}: {heard}{_did(turn)}"


def spoken(turn: StepTurn) -> list[str]:
    """What the model said and the tools printed."""
    texts = [turn.message.content, *(result.output for result in turn.results)]
    return [text for body in texts for text in _head(block(body).strip("\n").splitlines())]


def telling_argument(arguments: str) -> str:
    """The argument that tells most about a call, on one line."""
    try:
        given: Any = json.loads(arguments or "{}")
    except ValueError:
        return clean(arguments, 60)
    if not isinstance(given, dict):
        return ""
    for name in _TELLING:
        if value := given.get(name):
            return clean(value.partition("\n")[0] if isinstance(value, str) else json.dumps(value), 60)
    return ""


def _did(turn: StepTurn) -> str:
    if not turn.message.tool_calls:
        return clean(turn.message.content) or "no tool call"
    results = {result.call: result for result in turn.results}
    return "; ".join(_call(call, results.get(call.id)) for call in turn.message.tool_calls)


def _call(call: ToolCall, result: ToolResult | None) -> str:
    """As it was made, which is not as the model wrote it where a person changed it."""
    changed = result.arguments if result else ""
    said = f"{clean(call.name, 30)} {telling_argument(changed or call.arguments)}".rstrip()
    said += " (changed by a person)" if changed else ""
    return f"{said} → {_outcome(result)}" if result else said


def _outcome(result: ToolResult) -> str:
    found = result.data.get("counts") if result.data else None
    if isinstance(found, dict):
        named = {name: value for name, value in found.items() if name in TestCounts.__struct_fields__}
        return counts(TestCounts(**named))
    if result.exit_code:
        return f"exit {result.exit_code}: {clean(result.output, 70)}"
    return "ok"


def _head(lines: list[str]) -> list[str]:
    cut = [text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…" for text in lines[:MAX_LINES]]
    return cut if len(lines) <= MAX_LINES else [*cut, f"… {len(lines) - MAX_LINES} more lines; --json has them all"]
