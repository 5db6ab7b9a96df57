"""What the worker asks of whatever keeps the rows."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from mycoderai.broker.log import Raw
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, Written
from mycoderai.workers.memory.gaps import Gap
from mycoderai.workers.memory.position import Position


class BegunAnew(MycoderError):
    """Somebody who shares the rows builds memory anew."""


class Batch(NamedTuple):
    """What a stream stored next, in order: applied as one, or not at all."""

    stream: str
    position: Position
    """Where the stream stands after it."""
    messages: Sequence[Raw]
    after: int = 0
    """Where it stood before: what memory has to have applied."""
    lost: Sequence[Gap] = ()
    """What is missing, there or before; each becomes a letter too."""


class Letter(NamedTuple):
    """A message that could not be applied and whose dead letter was not yet confirmed."""

    stream: str
    seq: int
    at: str
    reason: str


class Repository(Protocol):
    async def position(self, stream: str) -> Position: ...

    async def apply(self, batch: Batch) -> int:
        """Bring the rows and the position up to a batch, as one; what was applied before is passed over, and what
        means nothing becomes a letter. Returns how many letters. Raises TransientError when trying again may
        help."""
        ...

    async def letters(self, limit: int) -> list[Letter]: ...

    async def sent(self, letters: Sequence[Letter]) -> None: ...

    async def answer(self, query: AnyQuery) -> Answer:
        """Raises RefusedError."""
        ...

    async def outcome(self, writer: str, id_: str) -> Written | None:
        """What became of a batch; None when none of that id was applied."""
        ...
