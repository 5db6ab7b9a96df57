"""How much a model can read and write: as the settings say, else as litellm's list says. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mycoderai.workers.core.price import MAX_OUTPUT_TOKENS


class Room(NamedTuple):
    window: int
    """Tokens it can read; 0 where that is not known."""
    output: int
    """Tokens it is asked to stop at."""


def room_of(model: str, listed: Mapping[str, Mapping[str, Any]], own_window: int = 0) -> Room:
    """`listed`: litellm's list, in which a model may stand without its provider. `own_window`: what the settings say,
    or 0."""
    entry = listed.get(model) or listed.get(model.partition("/")[2]) or {}
    window = own_window or _tokens(entry.get("max_input_tokens"))
    # Providers refuse a request whose answer would not fit beside what it asks, however short it turns out.
    bounds = (MAX_OUTPUT_TOKENS, _tokens(entry.get("max_output_tokens")), window // 4)
    return Room(window, min(filter(None, bounds)))


def _tokens(listed: object) -> int:
    # A few entries hold text.
    return listed if isinstance(listed, int) and not isinstance(listed, bool) and listed > 0 else 0
