"""What a memory worker has applied stays exact through kills at the worst places, and through a disk that refuses."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventually import WITHIN_S
from structlog.testing import CapturingLogger

from mycoderai.schemas.subjects import Log
from mycoderai.workers.memory.homes import FILE
from tests.integration.memory_fixtures import (
    another,
    asking,
    broker,
    fingerprint,
    memory,
    memory_process,
    rows,
    until,
    write,
)
from tests.unit.memory_items import put
from tests.unit.memory_logs import solved_run

KILLED = {
    "in the middle of a transaction": """
from mycoderai.workers.memory import batch
apply_event, left = batch._apply_event, iter(range(20))
def dying(db, raw):
    apply_event(db, raw)
    if next(left) == 9: die()
batch._apply_event = dying
""",
    "after the commit, before anybody knows": """
from mycoderai.workers.memory import store
apply_batch = store.apply_batch
def dying(db, batch):
    apply_batch(db, batch)
    die()
store.apply_batch = dying
""",
}
DIE = """
import os, signal
def die(): os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("flaw", KILLED.values(), ids=KILLED)
async def test_a_kill_leaves_all_of_a_page_or_nothing_of_it(tmp_path: Path, flaw: str) -> None:
    async with broker(tmp_path / "one") as here:
        last = await here.send(solved_run(turns=20))
        async with memory_process(here.settings, DIE + flaw) as dying:
            await asyncio.wait_for(dying.wait(), WITHIN_S)
        position = "SELECT coalesce(max(seq), 0) FROM position WHERE stream = 'EVENTS'"
        assert rows(here.settings, position) == [(0 if "left" in flaw else last,)]
        healthy = another(here.settings, tmp_path / "two")
        async with memory(here.settings), memory(healthy):
            assert fingerprint(here.settings) == fingerprint(healthy)


async def test_a_file_that_another_process_holds_holds_up_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.file.BUSY_S", 0.2)
    monkeypatch.setattr("mycoderai.workers.memory.follow.LONGEST_PAUSE_S", 0.2)
    said = CapturingLogger()
    monkeypatch.setattr("mycoderai.workers.memory.follow.log", said)
    async with broker(tmp_path) as here, memory(here.settings) as worker:
        with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            last = await here.send(solved_run())
            await until(lambda: sum(call.args == ("memory.waits",) for call in said.calls) > 1, "it has tried twice")
            assert rows(here.settings, "SELECT count(*) FROM runs") == [(0,)]
            other.execute("ROLLBACK")
        await until(lambda: rows(here.settings, "SELECT seq FROM position") == [(last,)], "it goes on")
        assert not worker.done()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts disks")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


async def test_a_disk_that_is_full_stops_memory_until_there_is_room(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.LONGEST_PAUSE_S", 0.2)
    said = CapturingLogger()
    monkeypatch.setattr("mycoderai.workers.memory.follow.log", said)
    async with broker(tmp_path / "one") as here:
        full = another(here.settings, small_disk)
        async with memory(full) as worker, asking(here) as nc:
            await write(nc, "a", put("before"))
            (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - 100_000))
            last = await here.send(solved_run(Log("big"), turns=300))
            await until(lambda: "disk is full" in str(said.calls), "it says why it waits")
            applied = "SELECT seq FROM position WHERE stream = 'EVENTS'"
            assert rows(full, applied) != [(last,)]
            (small_disk / "ballast").unlink()
            await until(lambda: rows(full, applied) == [(last,)], "it goes on by itself")
            assert not worker.done()
        healthy = another(here.settings, tmp_path / "two")
        async with memory(healthy):
            assert fingerprint(full) == fingerprint(healthy)
