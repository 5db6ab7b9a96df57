"""Copies of the memory file in the object store, so that a new replica reads only the end of the log.

Any replica takes one when the newest is many events old. The copy is stored under its hash; the list of copies is
changed last, by compare and set, so it never names what is not there. Two are kept. A copy is used only when its hash
is right, its schema is this version's, and every stream still is the one it was built from: otherwise the one before
it, otherwise the log.
"""

import asyncio
import gzip
import shutil
import sqlite3
import threading
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file, put_file, read_note, remove_file, write_note
from mycoderai.schemas.errors import Conflict, MycoderError
from mycoderai.schemas.execution import ArtifactRef
from mycoderai.workers.memory.file import SCHEMA_VERSION, reader, translate
from mycoderai.workers.memory.position import Position, Verdict
from mycoderai.workers.memory.streams import examine

NOTE = "memory-snapshots"
KEPT = 2
MOST_BYTES = 1 << 30
"""Packed. A larger one is not stored: the artifacts need the room."""
_copying = threading.Lock()
"""A copy that was given up is still written, by its thread, when the next one begins at the same place."""
log = structlog.get_logger()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    file: ArtifactRef
    """The packed copy."""
    schema: int
    positions: dict[str, Position]
    """What it has applied, by stream."""
    at: str

    @property
    def applied(self) -> int:
        return sum(position.seq for position in self.positions.values())


class Listed(NamedTuple):
    snapshots: tuple[Snapshot, ...]
    """The newest first."""
    seq: int
    """Of the list: what a change of it expects."""


async def listed(nc: Client) -> Listed:
    text, seq = await read_note(nc, NOTE)
    return Listed(msgspec.json.decode(text, type=tuple[Snapshot, ...]) if text else (), seq)


async def take(nc: Client, path: Path) -> bool:
    """Store a copy of the file as it is now. False when another replica was faster, or the copy is too large."""
    before = await listed(nc)
    copy = path.with_name("memory.snapshot")
    packed = path.with_name("memory.snapshot.gz")
    try:
        positions = await asyncio.to_thread(_copy, path, copy, packed)
        if packed.stat().st_size > MOST_BYTES:
            log.warning("memory.snapshot_too_large", bytes=packed.stat().st_size, most=MOST_BYTES)
            return False
        file = await put_file(nc, packed, wait_for_room=False)
    finally:
        copy.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
    new = Snapshot(file=file, schema=SCHEMA_VERSION, positions=positions, at=datetime.now(UTC).isoformat())
    return await _announce(nc, new, before)


async def restore(nc: Client, path: Path) -> bool:
    """Leave the newest good copy at the path, where no file is. False when there is none."""
    try:
        for snapshot in (await listed(nc)).snapshots:
            if await _restored(nc, snapshot, path):
                log.info("memory.restored", taken_at=snapshot.at, applied=snapshot.applied)
                return True
    except (MycoderError, nats.errors.Error, msgspec.DecodeError) as err:
        log.warning("memory.no_snapshots", error=str(err))
    return False


async def _announce(nc: Client, new: Snapshot, before: Listed) -> bool:
    kept = (new, *(old for old in before.snapshots if old.file != new.file))
    try:
        await write_note(nc, NOTE, msgspec.json.encode(kept[:KEPT]).decode(), before.seq)
    except Conflict:
        if new.file not in [one.file for one in (await listed(nc)).snapshots]:
            await remove_file(nc, new.file)
        return False
    for old in kept[KEPT:]:
        await remove_file(nc, old.file)
    log.info("memory.snapshot", bytes=new.file.size, applied=new.applied)
    return True


async def _restored(nc: Client, snapshot: Snapshot, path: Path) -> bool:
    packed, copy = path.with_name("memory.restored.gz"), path.with_name("memory.restored")
    try:
        if problem := await problem_of(nc, snapshot):
            raise MycoderError(problem)
        packed.unlink(missing_ok=True)
        await get_file(nc, snapshot.file, packed)
        await asyncio.to_thread(_unpack, packed, copy)
        copy.rename(path)
    except (MycoderError, OSError, EOFError, zlib.error) as err:
        log.warning("memory.snapshot_not_used", taken_at=snapshot.at, error=str(err))
        return False
    finally:
        packed.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return True


async def problem_of(nc: Client, snapshot: Snapshot) -> str:
    """Why the copy is of no use here; empty when it is."""
    if snapshot.schema != SCHEMA_VERSION:
        return f"it has schema {snapshot.schema}; this version writes {SCHEMA_VERSION}"
    for stream, position in snapshot.positions.items():
        verdict, _ = await examine(nc, stream, position)
        if verdict in (Verdict.REPLACED, Verdict.BEHIND):
            return f"stream {stream} is not the one it was built from"
    return ""


def _copy(path: Path, copy: Path, packed: Path) -> dict[str, Position]:
    """A copy of one state of the file, packed, and what that state has applied. Holds up no writer."""
    with _copying:
        copy.unlink(missing_ok=True)
        try:
            with closing(reader(path)) as db:
                db.execute("PRAGMA query_only = OFF")
                db.execute("VACUUM INTO ?", (str(copy),))
            with closing(sqlite3.connect(copy)) as db:
                rows = db.execute("SELECT stream, seq, created, time FROM position").fetchall()
        except sqlite3.Error as err:
            raise translate(err) or MycoderError(f"the memory file could not be copied: {err}") from err
        with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as into:
            shutil.copyfileobj(plain, into, 1 << 20)
    return {stream: Position(seq=seq, created=created, time=time) for stream, seq, created, time in rows}


def _unpack(packed: Path, copy: Path) -> None:
    with gzip.open(packed, "rb") as from_, copy.open("wb") as plain:
        shutil.copyfileobj(from_, plain, 1 << 20)
    copy.chmod(0o600)
