"""O5: what a memory worker's file holds is what the log says from its beginning, row by row."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.log import read_page
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY, stream_of
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch
from mycoderai.workers.memory.store import apply_batch

NOT_OF_THE_LOG = {("dead", "published"), ("position", "created")}
"""Columns that do not follow from the events: whether a letter was sent, and when the stream was made."""
Row = tuple[object, ...]


async def differences(nc: Client, settings: Settings, file: Path) -> list[str]:
    """Sentences about a file whose worker has come to rest; none when it is right."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    create(fresh)
    for stream in (MEMORY, *map(stream_of, range(settings.shards))):
        await _apply_all(nc, stream, fresh)
    kept = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)
    try:
        return list(_compare(fresh, kept))
    finally:
        kept.close()
        fresh.close()


async def applied(file: Path, stream: str) -> int:
    """How far a file has come."""
    if not file.exists():
        return 0
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        row = db.execute("SELECT seq FROM position WHERE stream = ?", (stream,)).fetchone()
    except sqlite3.OperationalError:  # locked, or not made yet
        return 0
    finally:
        db.close()
    return int(row[0]) if row else 0


async def _apply_all(nc: Client, stream: str, db: sqlite3.Connection) -> None:
    after, more = 0, 1
    while more:
        page, more = await read_page(nc, stream, after)
        if not page:
            return
        last = page[-1]
        apply_batch(db, Batch(stream, Position(seq=last.seq, created="", time=last.time), page, after))
        after = last.seq


def _compare(fresh: sqlite3.Connection, kept: sqlite3.Connection) -> Iterator[str]:
    kept.execute("BEGIN")  # one state of the file
    for table in _tables(fresh):
        right, there = _rows(fresh, table), _rows(kept, table)
        if right != there:
            missing, extra = sorted(map(repr, right - there)), sorted(map(repr, there - right))
            example = (missing or extra)[0][:300]
            yield f"memory's table {table} lacks {len(missing)} rows and has {len(extra)} too many, such as {example}"


def _tables(db: sqlite3.Connection) -> list[str]:
    kinds = db.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main' ORDER BY name")
    return [name for name, kind in kinds if kind == "table" and not name.startswith("sqlite_")]


def _rows(db: sqlite3.Connection, table: str) -> set[Row]:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if (table, row[1]) not in NOT_OF_THE_LOG]
    return set(db.execute(f"SELECT {', '.join(columns)} FROM {table}"))  # noqa: S608
