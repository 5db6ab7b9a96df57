"""Tool calls that a person changed before they approved them."""

from typing import Any

import msgspec

from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import Answer, Question
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.core.roles import tools
from mycoderai.workers.core.toolcalls.toolcalls import repair

CHANGED = "A person changed this call."
"""How the result of such a call begins."""
SHOWN_CHARS = 8000
"""What the model is told of arguments that are longer; the result holds all of them."""


def as_answered(call: ToolCall, answer: Answer | None) -> ToolCall:
    """The call with the arguments it is to be made with."""
    changed = answer.arguments if answer and answer.approved else ""
    return msgspec.structs.replace(call, arguments=changed) if changed else call


def as_made(call: ToolCall, result: ToolResult | None) -> ToolCall:
    """The call with the arguments it was really made with."""
    changed = result.arguments if result else ""
    return msgspec.structs.replace(call, arguments=changed) if changed else call


def result_as_answered(result: ToolResult, answer: Answer | None) -> ToolResult:
    """The result with what the model has to know of a person's yes: that they changed the call, and their words."""
    if answer is None or not answer.approved or result.name == "ask_human":
        return result
    said = [f"A person says: {answer.text}"] if answer.text else []
    if answer.arguments:
        said.insert(0, f"{CHANGED} It was made with {_cut(answer.arguments)} instead.")
    output = "\n".join([*said, *([result.output] if result.output else [])])
    return msgspec.structs.replace(result, output=output, arguments=answer.arguments)


def refusal(question: Question, arguments: str) -> str:
    """Why what waits cannot be approved with these arguments; empty when it can."""
    if question.kind != "approval":
        return "only a tool call that waits for approval has arguments to change"
    try:
        msgspec.json.decode(arguments, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as err:
        return f"the changed arguments are no JSON object: {err}"
    if question.tool not in tools.BY_NAME:
        return ""  # a handler's own, which it checks itself
    call = ToolCall(id="", name=question.tool, arguments=arguments)
    read = repair(call, tools.ALL)
    return f"{question.tool} cannot be called like that: {read}" if isinstance(read, str) else ""


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}… ({len(text):,} characters in all)"
