"""What a model thinks, put together from the pieces in which it comes. Pure.

In litellm's form: open text as `reasoning_content`; signed or redacted blocks as `thinking_blocks`, whose text then
comes as `reasoning_content` too. A signature ends its block.
"""

from collections.abc import Mapping
from typing import Any

from mycoderai.schemas.chat import Reasoning, ThinkingBlock


class Thoughts:
    def __init__(self) -> None:
        self._text: list[str] = []
        self._blocks: list[ThinkingBlock] = []
        self._open: list[str] = []
        """Pieces of the block that has no signature yet."""

    def take(self, delta: Mapping[str, Any]) -> bool:
        """Whether the piece brought any."""
        text, blocks = delta.get("reasoning_content") or "", delta.get("thinking_blocks") or ()
        if text:
            self._text.append(text)
        for block in blocks:
            self._take_block(block)
        return bool(text or blocks)

    def all_of(self, model: str) -> Reasoning | None:
        """Blocks where there are any: their text is the same, and only they are signed. One that was cut off has no
        signature and is worth nothing to its provider."""
        if self._blocks:
            return Reasoning(model=model, blocks=tuple(self._blocks))
        return Reasoning(model=model, text="".join(self._text)) if self._text else None

    @property
    def length(self) -> int:
        """In characters, of what can be read."""
        return sum(map(len, self._text))

    def _take_block(self, block: Mapping[str, Any]) -> None:
        if data := block.get("data"):
            self._blocks.append(ThinkingBlock(type="redacted_thinking", data=data))
            return
        self._open.append(block.get("thinking") or "")
        if signature := block.get("signature"):
            self._blocks.append(ThinkingBlock(thinking="".join(self._open), signature=signature))
            self._open = []


def sent_back(reasoning: Reasoning | None, model: str) -> dict[str, Any]:
    """What of it goes into an assistant message for a model: all for the one that thought it, nothing for others."""
    if reasoning is None or reasoning.model != model:
        return {}
    if reasoning.blocks:
        return {"thinking_blocks": list(map(_block, reasoning.blocks))}
    return {"reasoning_content": reasoning.text}


def _block(block: ThinkingBlock) -> dict[str, str]:
    if block.type == "redacted_thinking":
        return {"type": block.type, "data": block.data}
    return {"type": block.type, "thinking": block.thinking, "signature": block.signature}
