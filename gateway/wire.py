"""What the gateway sends to browsers: the structs as plain objects, with long texts cut.

The log keeps the whole; `mycoder logs` prints it.
"""

from typing import Any

import msgspec

from mycoderai.schemas.events import Recorded

KEPT_CHARS = 6_000
KEPT_ITEMS = 500


def plain(value: object) -> Any:
    """JSON-ready; the names are the structs' own."""
    return shortened(msgspec.to_builtins(value))


def event(recorded: Recorded) -> dict[str, Any]:
    """One event as one flat object: where it stands, then its own fields."""
    fields: dict[str, Any] = plain(recorded.event)
    where = recorded.subject
    place = {"seq": recorded.seq, "time": recorded.time, "run": where.run, "pool": where.pool, "step": where.step}
    return {"kind": fields.pop("kind"), **place, **fields}


def shortened(value: Any) -> Any:
    match value:
        case str() if len(value) > KEPT_CHARS:
            half = KEPT_CHARS // 2
            return f"{value[:half]}\n… {len(value) - 2 * half} characters left out …\n{value[-half:]}"
        case dict():
            return {key: shortened(item) for key, item in value.items()}
        case list() | tuple():
            return [shortened(item) for item in value[:KEPT_ITEMS]]
    return value
