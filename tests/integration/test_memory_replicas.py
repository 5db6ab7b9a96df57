"""Memory workers as replicas: the same rows everywhere, copies in the object store, files that cannot be trusted."""

import asyncio
import contextlib
import gzip
import signal
import sqlite3
import threading
from pathlib import Path

import msgspec
import pytest
from eventually import WITHIN_S, eventually

from mycoderai.broker.artifacts import get_file, put_file, read_note, write_note
from mycoderai.broker.tasks import end
from mycoderai.broker.verify import assert_topology
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.notes import Forget
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log
from mycoderai.workers.memory.file import reader
from mycoderai.workers.memory.snapshot import NOTE, Snapshot, listed, take
from mycoderai.workers.memory.worker import FILE
from tests.integration.memory_fixtures import (
    Broker,
    another,
    applied,
    asking,
    broker,
    fingerprint,
    forget,
    memory,
    memory_process,
    rows,
    until,
    write,
)
from tests.unit.memory_items import put
from tests.unit.memory_logs import RUN, solved_run


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy after each run that is sent, when the last of its events is applied, at once."""
    sent = len(solved_run()) + 1
    monkeypatch.setattr("mycoderai.workers.memory.snapshots.EVERY_EVENTS", sent)
    monkeypatch.setattr("mycoderai.workers.memory.snapshots.AT_STOP_EVENTS", sent)
    monkeypatch.setattr("mycoderai.workers.memory.snapshots.SPREAD_S", 0.0)


async def snapshots(here: Broker) -> tuple[Snapshot, ...]:
    return (await listed(here.admin)).snapshots


async def copy_of(here: Broker, applied: int) -> Snapshot:
    """The newest copy, once it reaches just so far."""

    async def newest() -> Snapshot | None:
        found = await snapshots(here)
        return found[0] if found and found[0].applied == applied else None

    found = await eventually(newest)
    assert found
    return found


async def test_replicas_come_to_the_same_rows_whatever_dies_meanwhile(tmp_path: Path) -> None:
    async with broker(tmp_path / "one", shards=2) as here, asking(here) as nc:
        replicas = [here.settings, *(another(here.settings, tmp_path / name) for name in ("two", "three"))]
        async with contextlib.AsyncExitStack() as living:
            for settings in replicas[:2]:
                await living.enter_async_context(memory(settings))
            for wave in range(3):
                async with memory_process(replicas[2]) as dying:
                    runs = [solved_run(Log(f"run{wave}x{shard}", shard)) for shard in (0, 1)]
                    await here.send(message for run in runs for message in run)
                    await write(nc, f"w{wave}", put(f"k{wave}"), Forget(key="lesson/run0x0"))
                    dying.send_signal(signal.SIGKILL)
            await living.enter_async_context(memory(replicas[2]))
            ends = await here.ends()
            await until(lambda: all(applied(one) == ends for one in replicas), "all are there")
        assert len({fingerprint(one) for one in replicas}) == 1
        assert rows(here.settings, "SELECT count(*) FROM runs") == [(6,)]


@pytest.mark.usefixtures("often")
async def test_a_new_replica_begins_with_a_copy_and_reads_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with broker(tmp_path / "one") as here:
        last = await here.send(solved_run())
        async with memory(here.settings):
            assert (await copy_of(here, last)).positions["EVENTS"].seq == last
        # What the copy holds cannot come from the log any more.
        await here.api("STREAM.PURGE.EVENTS", {"seq": last})
        rest = await here.send(solved_run(Log("later")))
        async with memory(here.settings):
            pass
        other = another(here.settings, tmp_path / "two")
        async with memory(other):
            assert rows(other, "SELECT seq FROM position WHERE stream = 'EVENTS'") == [(rest,)]
        assert fingerprint(other) == fingerprint(here.settings)


@pytest.mark.usefixtures("often")
async def test_two_copies_are_kept_and_the_rest_takes_no_room(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings):
        taken = []
        for number in range(4):
            taken.append(await copy_of(here, await here.send(solved_run(Log(f"run{number}")))))
        assert list(await snapshots(here)) == [taken[3], taken[2]]
        with pytest.raises(MycoderError, match="not in the store"):
            await get_file(here.admin, taken[0].file, tmp_path / "gone")


@pytest.mark.usefixtures("often")
async def test_a_copy_that_is_damaged_is_passed_over_for_the_one_before_it(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        async with memory(here.settings):
            older = await copy_of(here, await here.send(solved_run()))
            newer = await copy_of(here, await here.send(solved_run(Log("later"))))
        expected = fingerprint(here.settings)
        lying = msgspec.structs.replace(newer, file=msgspec.structs.replace(newer.file, sha256="0" * 64))
        await _announce(here, lying, older)
        forget(here.settings)
        async with memory(here.settings):
            assert fingerprint(here.settings) == expected
        # The worker took the older copy: it is the newest that is good, and nothing new was worth another.
        garbled = tmp_path / "garbled.gz"
        garbled.write_bytes(gzip.compress(b"a copy")[:10] + b"\xff" * 50)
        unreadable = msgspec.structs.replace(newer, file=await put_file(here.admin, garbled))
        await _announce(here, lying, unreadable)
        forget(here.settings)
        async with memory(here.settings):
            assert fingerprint(here.settings) == expected


async def test_a_copy_that_is_given_up_is_over_before_the_next_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread goes on for a while, and writes to where the next one would."""
    begun, next_one = threading.Event(), threading.Event()
    both = []

    def read(path: Path) -> sqlite3.Connection:
        if begun.is_set():
            next_one.set()
        else:
            begun.set()
            both.append(next_one.wait(0.5))
        return reader(path)

    monkeypatch.setattr("mycoderai.workers.memory.snapshot.reader", read)
    async with broker(tmp_path) as here, memory(here.settings):
        given_up = asyncio.create_task(take(here.admin, tmp_path / FILE))
        assert await asyncio.to_thread(begun.wait, WITHIN_S)
        await end([given_up])
        assert await take(here.admin, tmp_path / FILE)
    assert both == [False]


@pytest.mark.usefixtures("often")
async def test_a_copy_of_another_log_is_not_used(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        async with memory(here.settings):
            for log in (RUN, Log("gone")):
                await copy_of(here, await here.send(solved_run(log)))
        await here.api("STREAM.DELETE.EVENTS")
        await assert_topology(here.admin, here.settings)
        last = await here.send(solved_run(Log("another")))
        async with memory(here.settings):
            assert rows(here.settings, "SELECT run FROM runs") == [("another",)]
            await copy_of(here, last)


async def _announce(here: Broker, *copies: Snapshot) -> None:
    _, seq = await read_note(here.admin, NOTE)
    await write_note(here.admin, NOTE, msgspec.json.encode(copies).decode(), seq)


async def test_a_file_put_back_from_yesterday_catches_up(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        async with memory(here.settings):
            await here.send(solved_run())
        old = (tmp_path / FILE).read_bytes()
        await here.send(solved_run(Log("later")))
        async with memory(here.settings):
            expected = fingerprint(here.settings)
        (tmp_path / FILE).write_bytes(old)
        async with memory(here.settings):
            assert fingerprint(here.settings) == expected


@pytest.mark.parametrize("damage", ["a page", "the write-ahead log"])
async def test_a_file_that_cannot_be_trusted_is_put_aside_and_built_again(tmp_path: Path, damage: str) -> None:
    async with broker(tmp_path) as here:
        async with memory_process(here.settings) as worker:
            last = await here.send(solved_run(turns=30))
            await until(lambda: _applied(here.settings) == last, "all is applied")
            worker.send_signal(signal.SIGKILL)
        if damage == "a page":
            with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with (tmp_path / FILE).open("r+b") as raw:
                raw.seek(4096)
                raw.write(b"\xa5" * 3 * 4096)
            (tmp_path / f"{FILE}-wal").touch()
        else:
            (tmp_path / f"{FILE}-wal").unlink()
        async with memory(here.settings):
            assert _applied(here.settings) == last
            assert rows(here.settings, "SELECT count(*) FROM turns") == [(30,)]
        assert (tmp_path / f"{FILE}.corrupt-1").exists()


async def test_a_file_that_was_closed_needs_no_write_ahead_log(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        for _ in range(2):
            async with memory(here.settings):
                await here.send(solved_run())
        assert not list(tmp_path.glob(f"{FILE}.*"))


def _applied(settings: Settings) -> object:
    with contextlib.suppress(sqlite3.OperationalError):
        return next(iter(rows(settings, "SELECT seq FROM position WHERE stream = 'EVENTS'")), (0,))[0]
    return 0
