"""A fleet started from what a disk held when its power failed, and what has to be true of it."""

import asyncio
import hashlib
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from nats.aio.client import Client
from power_load import NOTHING, Ledger, Place, digest, new_log

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.connect import connect
from mycoderai.broker.log import Raw, append, last, read_page
from mycoderai.broker.reboot import MARK
from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings, load
from mycoderai.schemas.subjects import BUDGET, MEMORY, stream_of
from mycoderai.workers.memory.worker import FILE, run_worker

ROLES = ("orchestrator", "noop", "memory")
ENDS_WITHIN_S = 60.0
FOLDS_WITHIN_S = 30.0
LOOK_S = 0.05


@dataclass
class Found:
    """What became of one image."""

    ready_s: float = 0.0
    """Until the fleet took work."""
    ended_s: float = 0.0
    """From then until every run had ended that was under way, and one more."""
    under_way: int = 0
    """Runs that were accepted and not known to have ended."""
    behind: int = 0
    """Events that memory had yet to apply."""
    said: int = 0
    """Things the ledger knows to have been said."""
    lost: dict[str, int] = field(default_factory=dict)
    """Of those, what is not true any more, by kind."""
    broken: list[str] = field(default_factory=list)
    """Other promises that do not hold."""
    refused: str = ""
    """Why the fleet did not start."""
    alarms: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not (self.lost or self.broken or self.refused or self.alarms)


def settings_for(folder: Path, durability: str, shards: int) -> Settings:
    """Of a fleet whose data are all on the disk mounted there."""
    env = {"HOME": str(folder), "MYCODER_DATA_DIR": str(folder / "data"), "MYCODER_DURABILITY": durability}
    return load(env | {"MYCODER_SHARDS": str(shards)}, {"disk_reserve_mb": 8.0}, cwd=folder)[0]


async def recover(settings: Settings, ledger: Ledger, scratch: Path) -> Found:
    """Start a fleet on what was left, let it end what was under way, and compare it with the ledger."""
    found = Found()
    # The processes it names run, in the fleet the image was taken from; and this machine was not restarted since.
    (settings.data / "fleet.json").unlink(missing_ok=True)
    (settings.data / "nats" / MARK).unlink(missing_ok=True)
    before = positions_at_rest(settings.data / FILE)

    def tell(name: str, sentence: str) -> None:
        if name == "ALARM":
            found.alarms.append(sentence)

    began = time.monotonic()
    try:
        async with Fleet(settings, ROLES, tell=tell) as fleet:
            found.ready_s = time.monotonic() - began
            nc = await connect(fleet.settings, "admin")
            try:
                await _judge(nc, fleet.settings, ledger, before, found, scratch)
            finally:
                await nc.close()
    except MycoderError as err:
        found.refused = err.message
    return found


async def _judge(
    nc: Client, settings: Settings, ledger: Ledger, before: dict[str, int], found: Found, scratch: Path
) -> None:
    events = await _events(nc, settings)
    found.behind = len(events) - sum(seq for stream, seq in before.items() if stream != MEMORY)
    found.under_way = len(ledger.submitted.keys() - ledger.finished.keys())
    found.said = len(ledger.stored) + len(ledger.items) + len(ledger.accounts) + len(ledger.artifacts)
    stored = {_place(raw): digest(raw.subject, raw.data) for raw in events}
    found.lost = dict(Counter(await _lost(nc, ledger, stored, scratch)))
    began = time.monotonic()
    await append(nc, new_log(settings).run_event("submitted"), NOTHING, expected=0)
    await _when_all_ended(nc, settings, events)
    found.ended_s = time.monotonic() - began
    found.broken += _histories(events)
    found.broken += await _folds(nc, settings, scratch)


async def _lost(nc: Client, ledger: Ledger, stored: dict[Place, str], scratch: Path) -> list[str]:
    """The kind of each thing that was said and is not so."""
    lost = ["event" for place, what in ledger.stored.items() if stored.get(place) != what]
    lost += ["submission" for place in ledger.submitted.values() if place not in stored]
    lost += ["end" for place in ledger.finished.values() if place not in stored]
    items = {raw.seq for raw in await _all(nc, MEMORY)}
    lost += ["item" for seq in ledger.items.values() if seq not in items]
    for subject, seq in ledger.accounts.items():
        account = await last(nc, subject, BUDGET)
        lost += ["account"] if account is None or account.seq < seq else []
    for ref in ledger.artifacts:
        copy = scratch / ref.name
        try:
            await get_file(nc, ref, copy)
        except MycoderError:
            lost.append("artifact")
        finally:
            copy.unlink(missing_ok=True)
    return lost


async def _when_all_ended(nc: Client, settings: Settings, events: list[Raw]) -> None:
    """Read on until every run has ended, or the time is over."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while True:
        ends = dict(map(_place, events))  # by shard, the last one
        for shard, stream in enumerate(_streams(settings)):
            events += await _all(nc, stream, ends.get(shard, 0))
        if not _unended(events) or time.monotonic() > deadline:
            return
        await asyncio.sleep(LOOK_S)


def _histories(events: list[Raw]) -> Iterator[str]:
    """Every run ended once, each step's outcome was accepted once."""
    if unended := _unended(events):
        yield f"{len(unended)} runs did not end, such as {min(unended)}"
    for kind in ("run.submitted", "run.finished", "done"):
        often = Counter(raw.subject for raw in events if raw.subject.endswith(f".{kind}"))
        if twice := [subject for subject, count in often.items() if count > 1]:
            yield f"{len(twice)} times more than one {kind}, such as {twice[0]}"
    if failed := [raw for raw in events if raw.subject.endswith(".run.finished") and b'"succeeded"' not in raw.data]:
        yield f"{len(failed)} runs failed: {failed[0].data[:300]!r}"


async def _folds(nc: Client, settings: Settings, scratch: Path) -> list[str]:
    """Memory's file is the fold of the log: one that is built from nothing holds the same."""
    file = settings.data / FILE
    ends = {stream: await _end_of(nc, stream) for stream in (*_streams(settings), MEMORY)}
    deadline = time.monotonic() + FOLDS_WITHIN_S
    while (there := positions(file)) != {stream: seq for stream, seq in ends.items() if seq}:
        if time.monotonic() > deadline:
            return [f"memory stands at {there}, the log at {ends}"]
        await asyncio.sleep(LOOK_S)
    fresh = scratch / "fold"
    async with _memory(
        msgspec.structs.replace(settings, data_dir=str(fresh), credentials_dir=str(settings.credentials))
    ):
        same = fingerprint(file) == fingerprint(fresh / FILE)
    return [] if same else ["memory is not what the log folds to"]


@asynccontextmanager
async def _memory(settings: Settings) -> AsyncIterator[None]:
    """A memory worker with a file of its own, until it has caught up; the file is removed."""
    settings.data.mkdir()
    stop, ready = asyncio.Event(), asyncio.Event()
    worker = asyncio.create_task(run_worker(settings, stop, ready.set))
    try:
        async with asyncio.timeout(FOLDS_WITHIN_S):
            await ready.wait()
        yield
    finally:
        stop.set()
        await end([worker], 5)
        for file in settings.data.glob(f"{FILE}*"):
            file.unlink()
        for left in settings.data.iterdir():
            left.unlink()
        settings.data.rmdir()


def positions_at_rest(file: Path) -> dict[str, int]:
    """The same of a file nobody uses. Of a copy: closing the last connection would empty the write-ahead log that a
    loss of power left, and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        for part in file.parent.glob(f"{file.name}*"):
            shutil.copy(part, folder)
        return positions(Path(folder) / file.name)


def positions(file: Path) -> dict[str, int]:
    """Stream to the sequence a memory file has applied; none where there is no sound file."""
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file)) as db:
        try:
            return dict(db.execute("SELECT stream, seq FROM position WHERE seq > 0"))
        except sqlite3.Error:
            return {}


def fingerprint(file: Path) -> str:
    """Of all rows. What is the file's own, such as row numbers, is left out."""
    hashed = hashlib.sha256()
    with closing(sqlite3.connect(file)) as db:
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'words%' ORDER BY 1")
        for (table,) in tables.fetchall():
            named = db.execute(
                "SELECT group_concat(name) FROM pragma_table_info(?) WHERE (?1, name) <> ('items', 'id')", (table,)
            )
            rows = db.execute(f"SELECT {named.fetchone()[0]} FROM {table}").fetchall()  # noqa: S608 - our own tables
            hashed.update(repr((table, sorted(map(repr, rows)))).encode())
    return hashed.hexdigest()


def _unended(events: list[Raw]) -> set[str]:
    return _runs(events, "run.submitted") - _runs(events, "run.finished")


def _runs(events: list[Raw], kind: str) -> set[str]:
    return {raw.subject.split(".")[2] for raw in events if raw.subject.endswith(f".{kind}")}


def _place(raw: Raw) -> Place:
    return Place(int(raw.subject.split(".")[1]), raw.seq)


def _streams(settings: Settings) -> list[str]:
    return [stream_of(shard) for shard in range(settings.shards)]


async def _events(nc: Client, settings: Settings) -> list[Raw]:
    return [raw for stream in _streams(settings) for raw in await _all(nc, stream)]


async def _all(nc: Client, stream: str, after: int = 0) -> list[Raw]:
    messages: list[Raw] = []
    more = 1
    while more:
        page, more = await read_page(nc, stream, messages[-1].seq if messages else after)
        messages += page
    return messages


async def _end_of(nc: Client, stream: str) -> int:
    messages = await _all(nc, stream)
    return messages[-1].seq if messages else 0
