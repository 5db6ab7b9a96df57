"""What agents and models say to each other. Field names follow the OpenAI chat format."""

from typing import Any, Literal

import msgspec

FinishReason = Literal["stop", "tool_calls", "length", "refusal"]
"""Why an answer ended. `length`: it was cut off; its tool calls are those that are whole."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    arguments: str
    """JSON text, exactly as the model wrote it; it may be malformed."""


class ThinkingBlock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a model's thinking as its provider signed it; with another byte in it, it is refused."""

    type: Literal["thinking", "redacted_thinking"] = "thinking"
    thinking: str = ""
    signature: str = ""
    data: str = ""
    """What is redacted, encrypted."""


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model thought before it answered: it goes back to the same model with the next request, unchanged, and
    to no other."""

    model: str
    text: str = ""
    """In the open (`reasoning_content`); empty where the provider gives blocks."""
    blocks: tuple[ThinkingBlock, ...] = ()

    @property
    def length(self) -> int:
        """In characters."""
        return len(self.text) + sum(len(b.thinking) + len(b.signature) + len(b.data) for b in self.blocks)


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    reasoning: Reasoning | None = None
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
    reasoning_tokens: int = 0
    """The part of `output_tokens` that was thought, not said; by its length where the provider does not count it."""
    context_window: int = 0
    """Tokens the model that answered can read; 0 where that is not known."""
    cost_usd: float | None = None
    """None where no price is known ("unpriced"), which is not the same as free."""
    estimated: bool = False
    """The provider's own count was missing or made no sense."""


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    call: str
    """Idempotency id: the same id is answered from the log, not paid twice."""
    run: str
    step: str
    shard: int = 0
    role: str = ""
    """Of the agent that asks."""
    turn: int = 0
    """Of the step, counted from 1; 0 where the caller does not count."""
    model: str
    fallbacks: tuple[str, ...] = ()
    """Models tried in order when this one cannot answer."""
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    seconds_left: float
    """What is left of the step's time budget when the request is made."""
    run_usd: float | None = None
    """Money the whole run may use; None is no limit."""
    step_usd: float | None = None
    """Money this step may use; None is no limit but the run's."""
    replay: str = ""
    """The run whose recorded answers are given instead of a model's."""


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    model: str = ""
    """The model that answered; not always the one asked for."""
    message: Message
    finish_reason: FinishReason = "tool_calls"
    usage: Usage = Usage()
