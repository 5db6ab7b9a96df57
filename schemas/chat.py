"""What agents and models say to each other. Field names follow the OpenAI chat format."""

from typing import Any, Literal

import msgspec


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    arguments: str
    """JSON text, exactly as the model wrote it; it may be malformed."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    """For role `tool`: the call this answers."""


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as offered to a model."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments object."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    """None where no price is known ("unpriced"), which is not the same as free."""


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    call: str
    """Idempotency id: the same id is answered from the log, not paid twice."""
    run: str
    step: str
    shard: int = 0
    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    seconds_left: float
    """What is left of the step's time budget when the request is made."""


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    message: Message
    finish_reason: Literal["stop", "tool_calls", "length", "refusal"] = "tool_calls"
    usage: Usage = Usage()
