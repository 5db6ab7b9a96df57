"""How far memory has applied a stream, and whether that stream is still the one it was.

Memory is derived from the log, so the log is always right. Three things can have happened to it:

- the stream was made anew, or what stood at our position is another event now: what memory holds is of another
  log. It is put aside and built again (LogReplaced).
- the stream ends before our position: it was restored from an older copy, or this is the wrong broker. Memory may
  then be the only copy of what is missing, and going on would mix two histories: refuse (MemoryAheadOfLog).
- the stream begins after our position: events were purged. Memory goes on and says so.
"""

from enum import Enum

import msgspec

from mycoderai.schemas.errors import ConfigError, MycoderError


class LogReplaced(MycoderError):
    """The stream is another one than the one memory was built from."""


class MemoryAheadOfLog(ConfigError):
    """Memory has applied events the stream does not hold."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    seq: int = 0
    created: str = ""
    """When the stream was made; empty before the first batch."""
    time: str = ""
    """When the event at `seq` was stored."""


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker says of a stream."""

    created: str
    first_seq: int
    last_seq: int


class Verdict(Enum):
    SAME = "same"
    PURGED = "purged"
    REPLACED = "replaced"
    BEHIND = "behind"


def compare(position: Position, stream: StreamState, time_there: str | None) -> Verdict:
    """time_there: when the event now at our position was stored; None where there is none."""
    if not position.created:
        return Verdict.SAME if stream.first_seq <= 1 else Verdict.PURGED
    if stream.created != position.created:
        return Verdict.REPLACED
    if stream.last_seq < position.seq:
        return Verdict.BEHIND
    if time_there is not None and time_there != position.time:
        return Verdict.REPLACED
    return Verdict.PURGED if stream.first_seq > position.seq + 1 else Verdict.SAME
