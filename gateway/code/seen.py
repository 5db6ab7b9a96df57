"""Events of a run's log, read for one thing only: where the code stands."""

import msgspec

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.execution import Checkpoint, Repository
from mycoderai.schemas.subjects import parse_event


class TakenOver(msgspec.Struct):
    step: str
    result: Checkpoint | None = None


class Partial(msgspec.Struct):
    checkpoint: Checkpoint
    turn: int = 0


class Seen(msgspec.Struct):
    """Of every kind of event, what says where the code stands. The rest, nearly all of it, is skipped unread."""

    kind: str
    attempt: int = 0
    round: int = 1
    turn: int = 0
    repository: Repository | None = None
    base: Checkpoint | None = None
    start: Checkpoint | tuple[Checkpoint, ...] | None = None
    checkpoint: Checkpoint | None = None
    partial: Partial | None = None
    result: Checkpoint | None = None
    action: str = ""
    taken_over: tuple[TakenOver, ...] = ()


_decode = msgspec.json.Decoder(Seen).decode


def see(subject: str, payload: bytes) -> tuple[str, Seen] | None:
    """The step and what its event says; None for a message that is no event."""
    try:
        return parse_event(subject).step, _decode(payload)
    except (MalformedMessage, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
