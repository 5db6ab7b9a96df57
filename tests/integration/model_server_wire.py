"""One answer in the wire formats of providers: what their streams look like, event by event."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Then = Literal["end", "cut", "reset", "stall", "heartbeats"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool call; arguments that are text are sent as they are, well-formed or not."""

    name: str
    arguments: str | Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    """None: a fresh one."""

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model says, and how its stream misbehaves."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    reasoning: str = ""
    """What it thinks: in the open where the format has that, signed where it has blocks."""
    signature: str = "c2lnbmVk=="
    """Of the block it thinks in, in Anthropic's format."""
    redacted: str = ""
    """A second block, of which only this can be seen, in Anthropic's format."""
    refusal: str = ""
    finish: str = ""
    """Empty: `tool_calls` or `stop`, as it should be."""
    usage: Mapping[str, Any] | None = field(default_factory=lambda: {"input": 100, "output": 20, "cached": 0})
    """Keys `input`, `output`, `cached`, `thought`, with whatever values; None: no usage is reported."""
    model: str = ""
    """Empty: the one asked for."""
    role: str = "assistant"
    delay_s: float = 0.0
    """Before the first byte."""
    pause_s: float = 0.0
    """Between events."""
    piece: int = 8
    """Characters of text or arguments in one event."""
    newline: str = "\n"
    repeat: int = 1
    """How often each event of the text is sent."""
    events: int | None = None
    """How many events are sent before `then`; None: all."""
    then: Then = "end"
    """`cut`: the body ends properly but too early. `stall` and `heartbeats` last until the client goes."""
    bytes_at_once: int = 0
    """Cut the stream into writes of so many bytes, in the middle of characters too; 0: an event a write."""
    corrupt: bytes = b""
    """What is sent in place of the character \ufffd of the text."""


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """An answer with an HTTP status that is an error."""

    status: int
    message: str = "refused"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Hang:
    """No answer at all: silence, or a connection that is reset."""

    reset: bool = False


Reply = Answer | Refuse | Hang


def openai_events(answer: Answer, model: str, number: int) -> Iterator[bytes]:
    def event(delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data({**_openai_head(answer, model, number), "choices": [choice], **more}, answer.newline)

    yield event({"role": answer.role, "content": ""})
    for piece in _pieces(answer.reasoning, answer.piece):
        yield event({"reasoning_content": piece})
    for piece in _pieces(answer.text, answer.piece):
        yield from [event({"content": piece})] * answer.repeat
    if answer.refusal:
        yield event({"refusal": answer.refusal})
    for index, call in enumerate(answer.calls):
        id_ = f"call_{number}_{index}" if call.id is None else call.id
        function = {"name": call.name, "arguments": ""}
        yield event({"tool_calls": [{"index": index, "id": id_, "type": "function", "function": function}]})
        for piece in _pieces(call.text, answer.piece):
            yield event({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield event({}, answer.finish or ("tool_calls" if answer.calls else "stop"))
    if answer.usage is not None:
        head = _openai_head(answer, model, number)
        yield _data({**head, "choices": [], "usage": _openai_usage(answer.usage)}, answer.newline)
    yield f"data: [DONE]{answer.newline * 2}".encode()


def openai_body(answer: Answer, model: str, number: int) -> dict[str, Any]:
    calls = [
        {
            "id": call.id or f"call_{number}_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.text},
        }
        for index, call in enumerate(answer.calls)
    ]
    message = {"role": answer.role, "content": answer.text or None, **({"tool_calls": calls} if calls else {})}
    finish = answer.finish or ("tool_calls" if calls else "stop")
    head = _openai_head(answer, model, number) | {"object": "chat.completion"}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {**head, "choices": choices, **({"usage": _openai_usage(answer.usage)} if answer.usage is not None else {})}


def anthropic_events(answer: Answer, model: str, number: int) -> Iterator[bytes]:
    def event(kind: str, **more: Any) -> bytes:
        return f"event: {kind}{answer.newline}".encode() + _data({"type": kind, **more}, answer.newline)

    usage = answer.usage or {}
    cached = usage.get("cached", 0)
    start = {"input_tokens": usage.get("input", 0) - cached, "cache_read_input_tokens": cached, "output_tokens": 1}
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": answer.role,
        "model": answer.model or model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": start,
    }
    yield event("message_start", message=message)
    blocks = [*_thought(answer)]
    if answer.text:
        blocks.append(({"type": "text", "text": ""}, "text_delta", "text", answer.text))
    for index, call in enumerate(answer.calls):
        block = {"type": "tool_use", "id": f"toolu_{number}_{index}" if call.id is None else call.id, "name": call.name}
        blocks.append(({**block, "input": {}}, "input_json_delta", "partial_json", call.text))
    for index, (block, delta, key, text) in enumerate(blocks):
        yield event("content_block_start", index=index, content_block=block)
        for piece in _pieces(text, answer.piece):
            yield event("content_block_delta", index=index, delta={"type": delta, key: piece})
        if block["type"] == "thinking":
            signed = {"type": "signature_delta", "signature": answer.signature}
            yield event("content_block_delta", index=index, delta=signed)
        yield event("content_block_stop", index=index)
    stop = answer.finish or ("tool_use" if answer.calls else "end_turn")
    output = {"output_tokens": usage.get("output", 0)}
    yield event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=output)
    yield event("message_stop")


def _thought(answer: Answer) -> Iterator[tuple[dict[str, Any], str, str, str]]:
    if answer.reasoning:
        yield {"type": "thinking", "thinking": "", "signature": ""}, "thinking_delta", "thinking", answer.reasoning
    if answer.redacted:
        yield {"type": "redacted_thinking", "data": answer.redacted}, "", "", ""


def ollama_events(answer: Answer, model: str, number: int) -> Iterator[bytes]:
    def line(message: Mapping[str, Any], **more: Any) -> bytes:
        head = {"model": answer.model or model, "created_at": "2026-01-01T00:00:00Z"}
        return (json.dumps({**head, "message": {"role": answer.role, **message}, **more}) + answer.newline).encode()

    for piece in _pieces(answer.text, answer.piece):
        yield line({"content": piece}, done=False)
    calls = [{"function": {"name": call.name, "arguments": json.loads(call.text)}} for call in answer.calls]
    if calls:
        yield line({"content": "", "tool_calls": calls}, done=False)
    usage = answer.usage or {}
    counts = {"prompt_eval_count": usage.get("input", 0), "eval_count": usage.get("output", 0)}
    yield line({"content": ""}, done=True, done_reason=answer.finish or "stop", **counts)


def error_body(refuse: Refuse, path: str) -> dict[str, Any]:
    if path.endswith("/messages"):
        kind = refuse.code or "error"
        return {"type": "error", "error": {"type": kind, "message": refuse.message}}
    return {"error": {"message": refuse.message, "type": refuse.code or "error", "code": refuse.code or None}}


def _openai_head(answer: Answer, model: str, number: int) -> dict[str, Any]:
    name = answer.model or model
    return {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": name}


def _openai_usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    sent = {"prompt_tokens": usage.get("input"), "completion_tokens": usage.get("output")}
    total = sum(value for value in sent.values() if isinstance(value, int))
    details = {"completion_tokens_details": {"reasoning_tokens": usage["thought"]}} if "thought" in usage else {}
    return {
        **sent,
        "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": usage.get("cached", 0)},
        **details,
    }


def _data(value: Mapping[str, Any], newline: str) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}{newline * 2}".encode()


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))
