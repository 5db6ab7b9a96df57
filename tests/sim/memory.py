"""Memory on SQLite in the process: the real statements and the real transaction, without the threads around them."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from functools import cache

from mycoderai.broker.log import Raw
from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, Written
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory import store
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch, Letter
from tests.sim.streams import CREATED, Stream


@cache
def _empty() -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    create(db)
    return db.serialize()


def _open() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(_empty())
    return db


class MemoryFile:
    """A repository whose rows outlive the process that uses it. A crash falls before or after a transaction."""

    def __init__(self) -> None:
        self.db = _open()

    def applied(self, stream: str) -> int:
        return self.position_of(stream).seq

    async def position(self, stream: str) -> Position:
        await asyncio.sleep(0)
        return self.position_of(stream)

    def position_of(self, stream: str) -> Position:
        row = self.db.execute(sql.POSITION, (stream,)).fetchone()
        return Position(seq=row[0], created=row[1], time=row[2]) if row else Position()

    def move(self, stream: str, to: Position) -> None:
        self.db.execute(sql.MOVE, (stream, to.seq, to.created, to.time))

    async def apply(self, batch: Batch) -> int:
        await asyncio.sleep(0)
        rejected = store.apply_batch(self.db, batch)
        await asyncio.sleep(0)
        return rejected

    async def letters(self, limit: int) -> list[Letter]:
        raise NotImplementedError

    async def sent(self, letters: Sequence[Letter]) -> None:
        raise NotImplementedError

    async def answer(self, query: AnyQuery) -> Answer:
        raise NotImplementedError

    async def outcome(self, writer: str, id_: str) -> Written | None:
        raise NotImplementedError


def rebuilt(streams: Sequence[Stream]) -> sqlite3.Connection:
    """Memory as it is built from the beginning of the log."""
    db = _open()
    for stream in streams:
        if batch := whole(stream):
            store.apply_batch(db, batch)
    return db


def whole(stream: Stream) -> Batch | None:
    messages = [Raw(it.seq, it.time, it.subject, it.data) for it in stream.messages.values()]
    if not messages:
        return None
    return Batch(stream.name, Position(seq=stream.last_seq, created=CREATED, time=messages[-1].time), messages)


@cache
def _tables() -> tuple[str, ...]:
    kinds = _open().execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main' ORDER BY name")
    return tuple(name for name, kind in kinds if kind != "shadow" and not name.startswith("sqlite_"))


def fingerprint(db: sqlite3.Connection) -> str:
    """A hash of every row."""
    digest = hashlib.sha256()
    for table in _tables():
        digest.update(repr((table, sorted(map(repr, db.execute(f"SELECT * FROM {table}"))))).encode())  # noqa: S608
    return digest.hexdigest()
