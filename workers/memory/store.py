"""The repository on SQLite: one writer, one reader, each on a thread of its own."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite

from mycoderai.schemas.errors import TransientError
from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, Written
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.batch import bring_up, once_or_twice, position_of
from mycoderai.workers.memory.file import FileDamaged, file_id, put_aside, reader, translate, writer
from mycoderai.workers.memory.items import outcome_of
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch, Letter

Result = TypeVar("Result")


class SqliteStore:
    """Use `open_store`; `close` ends both threads."""

    def __init__(
        self,
        path: Path,
        writing: aiosqlite.Connection,
        reading: aiosqlite.Connection,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self._on_close = on_close
        self._writing = writing
        self._reading = reading
        self._file = file_id(path)

    async def position(self, stream: str) -> Position:
        """Raises FileDamaged when the file is not there any more: what is written would be lost with it."""
        if file_id(self.path) != self._file:
            raise FileDamaged("the memory file was removed while it was in use")
        return await _on_thread(self._reading, lambda db: position_of(db, stream))

    async def apply(self, batch: Batch) -> int:
        return await _on_thread(self._writing, lambda db: apply_batch(db, batch))

    async def letters(self, limit: int) -> list[Letter]:
        return await _on_thread(
            self._reading,
            lambda db: [Letter(*row) for row in db.execute(sql.DEAD_WAITING, (limit,))],
        )

    async def sent(self, letters: Sequence[Letter]) -> None:
        rows = [(letter.stream, letter.seq) for letter in letters]
        await _on_thread(self._writing, lambda db: _in_transaction(db, lambda: _mark_sent(db, rows)))

    async def answer(self, query: AnyQuery) -> Answer:
        return await _on_thread(self._reading, lambda db: _in_transaction(db, lambda: answer(db, query), "BEGIN"))

    async def outcome(self, writer: str, id_: str) -> Written | None:
        return await _on_thread(self._reading, lambda db: outcome_of(db, writer, id_))

    async def close(self) -> None:
        await self._reading.close()
        await self._writing.close()
        self._on_close()

    async def discard(self, why: str, reason: str) -> None:
        await self.close()
        put_aside(self.path, why, reason)


async def open_store(path: Path, on_close: Callable[[], None] = lambda: None) -> SqliteStore:
    """With a file that was prepared."""
    writing = await aiosqlite.Connection(lambda: writer(path), iter_chunk_size=64)
    try:
        reading = await aiosqlite.Connection(lambda: reader(path), iter_chunk_size=64)
        return SqliteStore(path, writing, reading, on_close)
    except BaseException:
        await writing.close()
        raise


def apply_batch(db: sqlite3.Connection, batch: Batch) -> int:
    return once_or_twice(lambda how: _in_transaction(db, lambda: bring_up(db, batch, how)))


def _mark_sent(db: sqlite3.Connection, rows: Sequence[tuple[str, int]]) -> None:
    db.executemany(sql.DEAD_PUBLISHED, rows)


def _in_transaction(db: sqlite3.Connection, work: Callable[[], Result], begin: str = "BEGIN IMMEDIATE") -> Result:
    db.execute(begin)
    try:
        result = work()
        db.execute("COMMIT")
        return result
    except BaseException:
        if db.in_transaction:  # SQLite has rolled back by itself after some errors
            db.execute("ROLLBACK")
        raise


async def _on_thread(connection: aiosqlite.Connection, work: Callable[[sqlite3.Connection], Result]) -> Result:
    """Work of many statements in one hop to the connection's thread: a hop costs more than most statements.
    Raises FileDamaged, and TransientError for a disk that is full or a file that is held."""
    try:
        result: Result = await connection._execute(lambda: work(connection._conn))  # type: ignore[no-untyped-call]
        return result
    except sqlite3.OperationalError as err:
        raise translate(err) or TransientError(f"the memory file is not usable now: {err}") from err
    except sqlite3.DatabaseError as err:
        raise translate(err) or err from err
