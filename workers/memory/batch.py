"""A batch brought into the rows, in whatever transaction it is called: every message, and the position after it."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from mycoderai.broker.log import Raw
from mycoderai.schemas.errors import MalformedMessage, TransientError
from mycoderai.schemas.events import RunFinished
from mycoderai.schemas.subjects import MEMORY
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.apply import statements
from mycoderai.workers.memory.items import apply_write
from mycoderai.workers.memory.lessons import learn
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch
from mycoderai.workers.memory.values import sortable

# What the values of a well-formed event can still be: an integer beyond 64 bits, half a surrogate pair, too long a
# text, nested too deep.
_UNSTORABLE = (OverflowError, UnicodeEncodeError, sqlite3.DataError, RecursionError)
_MEANINGLESS = (MalformedMessage, *_UNSTORABLE)
How = Callable[[sqlite3.Connection, Batch, int], int]
"""Applies the messages past a sequence; how many became letters."""
Result = TypeVar("Result")


def once_or_twice(work: Callable[[How], Result]) -> Result:
    """Do the work, in a transaction of its own, at the price of one message less. Where one means nothing, do it once
    more from the start, each message by itself, to tell which."""
    try:
        return work(_together)
    except _MEANINGLESS:
        return work(_one_by_one)


def bring_up(db: sqlite3.Connection, batch: Batch, how: How) -> int:
    """Raises TransientError when the rows are not where the batch begins: they were put back meanwhile."""
    position, applied = batch.position, position_of(db, batch.stream).seq
    if applied < batch.after:
        raise TransientError(f"memory stands at {applied} of stream {batch.stream}, no longer at {batch.after}")
    rejected = how(db, batch, applied)
    for gap in batch.lost:
        db.execute(sql.DEAD, (batch.stream, gap.first, "", "", 0, gap.told(batch.stream)))
    db.execute(sql.MOVE, (batch.stream, position.seq, position.created, position.time))
    return rejected + len(batch.lost)


def position_of(db: sqlite3.Connection, stream: str) -> Position:
    row = db.execute(sql.POSITION, (stream,)).fetchone()
    return Position(seq=row[0], created=row[1], time=row[2]) if row else Position()


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
