"""The repository on SQLite: one writer, one reader, each on a thread of its own."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite

from mycoderai.broker.log import Raw
from mycoderai.schemas.errors import MalformedMessage, TransientError
from mycoderai.schemas.events import RunFinished
from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, Written
from mycoderai.schemas.subjects import MEMORY
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.apply import statements
from mycoderai.workers.memory.file import FileDamaged, file_id, reader, translate, writer
from mycoderai.workers.memory.items import apply_write, outcome_of
from mycoderai.workers.memory.lessons import learn
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch, Letter
from mycoderai.workers.memory.values import sortable

# What the values of a well-formed event can still be: an integer beyond 64 bits, half a surrogate pair, too long a
# text, nested too deep.
_UNSTORABLE = (OverflowError, UnicodeEncodeError, sqlite3.DataError, RecursionError)
_MEANINGLESS = (MalformedMessage, *_UNSTORABLE)
Result = TypeVar("Result")


class SqliteStore:
    """Use `open_store`; `close` ends both threads."""

    def __init__(self, path: Path, writing: aiosqlite.Connection, reading: aiosqlite.Connection) -> None:
        self.path = path
        self._writing = writing
        self._reading = reading
        self._file = file_id(path)

    async def position(self, stream: str) -> Position:
        """Raises FileDamaged when the file is not there any more: what is written would be lost with it."""
        if file_id(self.path) != self._file:
            raise FileDamaged("the memory file was removed while it was in use")
        return await _on_thread(self._reading, lambda db: _position(db, stream))

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


async def open_store(path: Path) -> SqliteStore:
    """With a file that was prepared."""
    writing = await aiosqlite.Connection(lambda: writer(path), iter_chunk_size=64)
    try:
        return SqliteStore(path, writing, await aiosqlite.Connection(lambda: reader(path), iter_chunk_size=64))
    except BaseException:
        await writing.close()
        raise


def apply_batch(db: sqlite3.Connection, batch: Batch) -> int:
    try:
        return _in_transaction(db, lambda: _apply(db, batch, _together))
    except _MEANINGLESS:
        # Rare: once more from the start, each message by itself, to tell which ones.
        return _in_transaction(db, lambda: _apply(db, batch, _one_by_one))


def _apply(db: sqlite3.Connection, batch: Batch, how: Callable[[sqlite3.Connection, Batch, int], int]) -> int:
    position = batch.position
    rejected = how(db, batch, _position(db, batch.stream).seq)
    db.execute(sql.MOVE, (batch.stream, position.seq, position.created, position.time))
    return rejected


def _together(db: sqlite3.Connection, batch: Batch, applied: int) -> int:
    """Raises one of _MEANINGLESS when there is a message that leads to nothing."""
    apply = _applying(batch)
    for raw in batch.messages:
        if raw.seq > applied:
            apply(db, raw)
    return 0


def _one_by_one(db: sqlite3.Connection, batch: Batch, applied: int) -> int:
    apply = _applying(batch)
    rejected = 0
    for raw in batch.messages:
        if raw.seq > applied and (reason := _apply_message(db, raw, apply)):
            rejected += 1
            subject = raw.subject.encode(errors="replace").decode()[:1000]
            db.execute(sql.DEAD, (batch.stream, raw.seq, subject, sortable(raw.time), len(raw.data), reason))
    return rejected


def _applying(batch: Batch) -> Callable[[sqlite3.Connection, Raw], None]:
    return apply_write if batch.stream == MEMORY else _apply_event


def _apply_event(db: sqlite3.Connection, raw: Raw) -> None:
    recorded = raw.parse()
    for statement, values in statements(recorded):
        db.execute(statement, values)
    if isinstance(recorded.event, RunFinished):
        learn(db, recorded.subject.run, recorded.subject.shard, raw.seq)


def _apply_message(db: sqlite3.Connection, raw: Raw, apply: Callable[[sqlite3.Connection, Raw], None]) -> str:
    """All of what the message leads to and "", or nothing and the reason."""
    db.execute("SAVEPOINT event")
    try:
        apply(db, raw)
        reason = ""
    except MalformedMessage as err:
        reason = err.message
    except _UNSTORABLE as err:
        reason = f"a value cannot be stored: {err}"
    if reason:
        db.execute("ROLLBACK TO event")
    db.execute("RELEASE event")
    return reason.encode(errors="replace").decode()[:1000]


def _position(db: sqlite3.Connection, stream: str) -> Position:
    row = db.execute(sql.POSITION, (stream,)).fetchone()
    return Position(seq=row[0], created=row[1], time=row[2]) if row else Position()


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
