"""Items in the worker's own memory, above whatever keeps the rows.

An item is kept when it was read, and dropped when the stream says that its place has changed. So it is never older
than what the worker has applied, which is what `min_seq` asks for.
"""

from collections import OrderedDict
from collections.abc import Sequence

from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import LESSON, AnyQuery, GetItem, Items, Written
from mycoderai.schemas.subjects import MEMORY, memory_log
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch, Letter, Repository
from mycoderai.workers.memory.values import now

MOST_BYTES = 8 << 20
"""Of texts."""
Asked = tuple[str, str, bool]
"""Of a place: its subject, the key, and whether the item waits for approval."""


class Cached:
    """A repository above another one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._kept: OrderedDict[Asked, Items] = OrderedDict()
        self._bytes = 0
        self._changes = 0

    async def apply(self, batch: Batch) -> int:
        rejected = await self._repository.apply(batch)
        if batch.stream == MEMORY:
            self._changes += 1
            places = {raw.subject for raw in batch.messages}
            for asked in [asked for asked in self._kept if asked[0] in places]:
                self._drop(asked)
        return rejected

    async def answer(self, query: AnyQuery) -> Answer:
        # Lessons come from other streams than the rest.
        if not isinstance(query, GetItem) or query.key.startswith(LESSON):
            return await self._repository.answer(query)
        asked = (memory_log(query.place.scope, query.place.owner), query.key, query.quarantined)
        if (known := self._kept.get(asked)) and not _has_expired(known):
            self._kept.move_to_end(asked)
            return known
        changes = self._changes
        found = await self._repository.answer(query)
        if isinstance(found, Items) and changes == self._changes:
            self._keep(asked, found)
        return found

    async def position(self, stream: str) -> Position:
        """It may be another one than it was: rows that were put back, or emptied."""
        found = await self._repository.position(stream)
        if stream == MEMORY:
            self._changes += 1
            self._kept.clear()
            self._bytes = 0
        return found

    async def letters(self, limit: int) -> list[Letter]:
        return await self._repository.letters(limit)

    async def sent(self, letters: Sequence[Letter]) -> None:
        await self._repository.sent(letters)

    async def outcome(self, writer: str, id_: str) -> Written | None:
        return await self._repository.outcome(writer, id_)

    def _keep(self, asked: Asked, found: Items) -> None:
        self._drop(asked)
        self._kept[asked] = found
        self._bytes += _size(asked, found)
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, asked: Asked) -> None:
        if (found := self._kept.pop(asked, None)) is not None:
            self._bytes -= _size(asked, found)


def _has_expired(found: Items) -> bool:
    return any(item.expires_at and item.expires_at <= now() for item in found.items)


def _size(asked: Asked, found: Items) -> int:
    # Of what is around the texts, about as much as small items take.
    return 1000 + len(asked[1]) + sum(len(item.text.encode()) for item in found.items)
