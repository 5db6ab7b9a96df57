"""Batches of writes to memory as the stream holds them, and a memory of their own to apply them to."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mycoderai.broker.log import Raw
from mycoderai.schemas.notes import (
    AnyQuery,
    Change,
    Item,
    Items,
    ItemsWritten,
    Place,
    Provenance,
    Put,
    Source,
    WriteItems,
    Written,
    encode,
)
from mycoderai.schemas.subjects import MEMORY, memory_log
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.items import outcome_of
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_logs import batch

SHOP = Place(scope="project", owner="shop")
GLOBAL = Place(scope="global")
PERSON = "person"
CODER = "agent.coder"


def written(
    *changes: Change, writer: str = PERSON, place: Place = SHOP, id: str = "w1", source: Source | None = None
) -> ItemsWritten:
    origin = Provenance(source=source or ("person" if writer == PERSON else "agent"), by="ada")
    return ItemsWritten(writer=writer, write=WriteItems(id=id, place=place, changes=changes, provenance=origin))


def put(key: str, text: str = "text", expected: int | None = None, **more: object) -> Put:
    return Put(key=key, text=text, expected_version=expected, **more)  # type: ignore[arg-type]


def kept(batches: Sequence[ItemsWritten], after: int = 0) -> list[Raw]:
    """As the stream holds them, a second apart."""
    return [
        Raw(
            seq,
            f"2026-01-31T10:00:{seq % 60:02}Z",
            memory_log(one.write.place.scope, one.write.place.owner),
            encode(one),
        )
        for seq, one in enumerate(batches, after + 1)
    ]


class Memory:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.seq = 0

    def apply(self, *batches: ItemsWritten) -> int:
        """How many became letters."""
        raws = kept(batches, self.seq)
        self.seq += len(raws)
        return apply_batch(self.db, batch(raws, MEMORY))

    def write(self, *changes: Change, **more: object) -> Written:
        one = written(*changes, id=f"w{self.seq + 1}", **more)  # type: ignore[arg-type]
        assert self.apply(one) == 0
        outcome = outcome_of(self.db, one.writer, one.write.id)
        assert outcome
        return outcome

    def ask(self, query: AnyQuery) -> tuple[Item, ...]:
        found = answer(self.db, query)
        assert isinstance(found, Items)
        return found.items


@contextmanager
def memory() -> Iterator[Memory]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(db)
        db.row_factory = sqlite3.Row
        yield Memory(db)
    finally:
        db.close()
