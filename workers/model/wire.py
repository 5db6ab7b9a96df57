"""A conversation as providers want it, in the OpenAI form litellm translates from. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from mycoderai.schemas.chat import Message, ToolCall, ToolSpec
from mycoderai.workers.model import text_calls
from mycoderai.workers.model.thoughts import sent_back
from mycoderai.workers.model.tool_calls import is_object

_MARK = {"type": "ephemeral"}
_SILENT = "(no answer)"
"""Stands for an empty message of the model: some providers refuse an empty one."""


def native(messages: Sequence[Message], model: str = "") -> list[dict[str, Any]]:
    """`model`: whose own thinking goes back with its messages; empty: nobody's."""
    return [_native(message, model) for message in messages]


def textual(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    """The conversation for a model that has no native tools: they are described, called and answered in text."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    told = text_calls.describe(tools)
    rest = [_textual(message, names) for message in messages]
    if rest and rest[0]["role"] == "system":
        told = f"{rest.pop(0)['content']}\n\n{told}"
    return [{"role": "system", "content": told}, *rest]


def functions(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]


def marked(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the places where a provider that asks for it keeps its cache: the instructions, and where this turn and
    the one before ended, so that each turn finds what the last one stored."""
    said = [index for index, message in enumerate(messages) if message["role"] in ("user", "tool")]
    ends = {index for index in said if index + 1 == len(messages) or messages[index + 1]["role"] == "assistant"}
    chosen = {index for index, message in enumerate(messages) if message["role"] == "system"}
    chosen = set(sorted(chosen)[:1]) | set(sorted(ends)[-2:])
    return [_mark(message) if index in chosen else message for index, message in enumerate(messages)]


def _native(message: Message, model: str) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.content}
    if message.role != "assistant":
        return {"role": message.role, "content": message.content}
    thought = sent_back(message.reasoning, model)
    if not message.tool_calls:
        return {"role": "assistant", "content": message.content or _SILENT, **thought}
    calls = [_call(call) for call in message.tool_calls]
    return {"role": "assistant", "content": message.content or None, **thought, "tool_calls": calls}


def _call(call: ToolCall) -> dict[str, Any]:
    # What is no object, providers refuse or stumble over, and with it every later turn of the conversation.
    arguments = call.arguments if is_object(call.arguments) else json.dumps({"malformed": call.arguments})
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _textual(message: Message, names: dict[str, str]) -> dict[str, Any]:
    if message.role == "tool":
        name = names.get(message.tool_call_id, "a tool")
        return {"role": "user", "content": f"Result of {name}:\n{message.content}"}
    if message.role != "assistant":
        return {"role": message.role, "content": message.content}
    calls = [text_calls.render(call.name, _arguments(call)) for call in message.tool_calls]
    return {"role": "assistant", "content": "\n\n".join(filter(None, (message.content, *calls))) or _SILENT}


def _arguments(call: ToolCall) -> dict[str, Any]:
    return json.loads(call.arguments) if is_object(call.arguments) else {"malformed": call.arguments}


def _mark(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if message["role"] == "tool":
        return {**message, "cache_control": _MARK}
    return {**message, "content": [{"type": "text", "text": content, "cache_control": _MARK}]} if content else message
