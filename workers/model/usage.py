"""What a call took, as far as the provider's word can be believed. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mycoderai.schemas.chat import Usage

CHARACTERS_PER_TOKEN = 4
MOST_PER_TOKEN = 40
"""No text has so many characters a token on average: a provider that counts less leaves something out."""
FORMAT_TOKENS = 20_000
"""What a provider may add to a prompt of its own accord."""
HIDDEN_TOKENS = 200_000
"""What a model may think without showing it."""


class Lengths(NamedTuple):
    """In characters."""

    prompt: int
    answer: int
    thought: int = 0
    """Of what it thought, where that was shown."""


def usage_of(reported: Mapping[str, Any] | None, lengths: Lengths) -> Usage:
    """The tokens of a call, estimated where the provider's numbers are missing or make no sense."""
    reported = reported or {}
    read = _believable(reported.get("prompt_tokens"), lengths.prompt, FORMAT_TOKENS)
    written = _believable(reported.get("completion_tokens"), lengths.answer, HIDDEN_TOKENS)
    if read is None or written is None:
        thought = _estimate(lengths.thought)
        written = _estimate(lengths.answer) + thought
        return Usage(
            input_tokens=_estimate(lengths.prompt), output_tokens=written, reasoning_tokens=thought, estimated=True
        )
    return Usage(
        input_tokens=read,
        output_tokens=written,
        cached_tokens=_cached(reported, read),
        reasoning_tokens=_thought(reported, written, lengths),
    )


def _believable(tokens: object, characters: int, beside: int) -> int | None:
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        return None
    return tokens if characters / MOST_PER_TOKEN <= tokens <= characters + beside else None


def _estimate(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)


def _cached(reported: Mapping[str, Any], read: int) -> int:
    details = reported.get("prompt_tokens_details") or {}
    for tokens in (reported.get("cache_read_input_tokens"), details.get("cached_tokens")):
        if isinstance(tokens, int) and 0 < tokens <= read:
            return tokens
    return 0


def _thought(reported: Mapping[str, Any], written: int, lengths: Lengths) -> int:
    counted = (reported.get("completion_tokens_details") or {}).get("reasoning_tokens")
    if isinstance(counted, int) and 0 < counted <= written:
        return counted
    return min(_estimate(lengths.thought), written)
