"""Memory follows the log: through crashes, restarts, hostile messages and other people's broken streams."""

import asyncio
import json
import shutil
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from eventually import WITHIN_S

from mycoderai.broker.log import read
from mycoderai.broker.verify import assert_topology
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.events import encode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import DEAD, Log
from mycoderai.workers.memory.position import MemoryAheadOfLog
from mycoderai.workers.memory.worker import FILE
from tests.integration.memory_fixtures import (
    Broker,
    applied,
    broker,
    fingerprint,
    forget,
    memory,
    memory_process,
    restart,
    rows,
    until,
)
from tests.unit.memory_logs import RUN, SUBMITTED, Sent, solved_run

HANGS_IN_THE_SECOND_PAGE = """
import signal
from mycoderai.workers.memory import store
apply_batch, pages = store.apply_batch, iter(range(2))
def hanging(db, batch):
    if next(pages) == 1: signal.pause()
    return apply_batch(db, batch)
store.apply_batch = hanging
"""


def many_runs(count: int, turns: int = 20) -> list[Sent]:
    return [message for number in range(count) for message in solved_run(Log(f"run{number:05}"), turns)]


async def test_a_deleted_file_is_built_again_with_the_same_content(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        await here.send([*many_runs(20), ("evt.0.bad.run.submitted", b"{")])
        async with memory(here.settings):
            await until(lambda: rows(here.settings, "SELECT published FROM dead") == [(1,)], "the letter is sent")
        first = fingerprint(here.settings)
        forget(here.settings)
        async with memory(here.settings):
            await until(lambda: rows(here.settings, "SELECT published FROM dead") == [(1,)], "the letter is known")
        assert fingerprint(here.settings) == first
        assert rows(here.settings, "SELECT count(*) FROM runs") == [(20,)]


async def test_kill_in_the_middle_of_catching_up_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        last = await here.send(many_runs(150))
        for _ in range(2):
            async with memory_process(here.settings, HANGS_IN_THE_SECOND_PAGE) as child:
                child.send_signal(signal.SIGKILL)
        assert 0 < applied(here.settings)["EVENTS"] < last
        async with memory(here.settings):
            pass
        after_crashes = fingerprint(here.settings)
        forget(here.settings)
        async with memory(here.settings):
            pass
        assert fingerprint(here.settings) == after_crashes
        assert applied(here.settings) == {"EVENTS": last}


async def test_hostile_messages_become_letters_once_and_the_loop_lives(tmp_path: Path) -> None:
    hostile: list[Sent] = [
        ("evt.0.bad.run.submitted", b"not json"),
        ("evt.0.bad.run.submitted", b"[" * 200_000),
        ("evt.0.bad.step.coder.solve.turn", b'{"kind":"run.submitted","task":"x"}'),
        ("evt.0.bad.ask.cancel", b'{"kind":"ask.cancel","v":99}'),
        ("evt.0.bad.whatever", b"{}"),
        ("evt.0.bad.run.finished", b'{"kind":"run.finished","status":"' + b"x" * 4_000_000 + b'"}'),
        ("evt.0.bad.run.submitted", b"x" * 8_000_000),
    ]
    async with broker(tmp_path) as here, memory(here.settings) as worker:
        last = await here.send([*hostile, *solved_run()])
        await until(lambda: applied(here.settings) == {"EVENTS": last}, "what came after them is applied")
        sent = "SELECT count(*) FROM dead WHERE published = 1"
        await until(lambda: rows(here.settings, sent) == [(len(hostile),)], "every letter is sent")
        assert not worker.done()
        assert rows(here.settings, "SELECT run, status FROM runs") == [(RUN.run, "succeeded")]
        letters = await read(here.admin, DEAD, "dead.memory.>")
        assert sorted({letter.subject for letter in letters}) == ["dead.memory.bad.solve", "dead.memory.bad.unknown"]
        # The first is what the run was begun with, of which the orchestrator keeps a letter.
        assert [letter.id for letter in letters] == [f"memory-EVENTS-{seq}" for seq in range(2, len(hostile) + 1)]
        assert letters[0].data.startswith(b"[[[")


async def test_a_letter_older_than_the_brokers_memory_is_not_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.letters.WINDOW", timedelta(0))
    published = "SELECT count(*) FROM dead WHERE published = 1"
    async with broker(tmp_path) as here:
        await here.api("STREAM.UPDATE.DEAD", await _config(here, DEAD) | {"duplicate_window": 100_000_000})
        await here.send([("evt.0.bad.ask.cancel", b"x"), ("evt.0.bad.ask.cancel", b"x")])
        for _ in range(2):
            async with memory(here.settings):
                await until(lambda: rows(here.settings, published) == [(2,)], "both letters are known to be there")
            await _broker_forgot_ids(here)
            forget(here.settings)
        assert len(await read(here.admin, DEAD, "dead.memory.>")) == 2


async def _broker_forgot_ids(here: Broker) -> None:
    """Send a message of one id until it is taken a second time."""
    taken = 0
    async with asyncio.timeout(WITHIN_S):
        while taken < 2:
            reply = await here.admin.request("dead.test.x.x", b"", WITHIN_S, headers={"Nats-Msg-Id": new_id(0)[:10]})
            taken += not json.loads(reply.data).get("duplicate", False)


async def _config(here: Broker, stream: str) -> dict[str, object]:
    config = (await here.api(f"STREAM.INFO.{stream}"))["config"]
    assert isinstance(config, dict)
    return config


async def test_a_stream_made_anew_is_followed_from_its_start(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        async with memory(here.settings):
            pass
        await here.api("STREAM.DELETE.EVENTS")
        await assert_topology(here.admin, here.settings)
        await here.send(solved_run(Log("another")))
        async with memory(here.settings):
            assert rows(here.settings, "SELECT run FROM runs") == [("another",)]
        assert (tmp_path / f"{FILE}.stale-1").exists()


async def test_a_stream_made_anew_under_a_running_worker_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.1)
    async with broker(tmp_path) as here:
        await here.send(many_runs(3))
        async with memory(here.settings):
            await here.api("STREAM.DELETE.EVENTS")
            await assert_topology(here.admin, here.settings)
            await here.send(solved_run(Log("another")))
            await until(lambda: _runs(here.settings) == ["another"], "memory was built again")


async def test_a_file_removed_under_a_running_worker_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.1)
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        async with memory(here.settings):
            (tmp_path / FILE).unlink()
            await until(lambda: (tmp_path / FILE).exists() and _runs(here.settings) == [RUN.run], "it is there again")


def _runs(settings: Settings) -> list[object]:
    try:
        return [run for (run,) in rows(settings, "SELECT run FROM runs ORDER BY seq")]
    except sqlite3.OperationalError:
        return []  # the file is just being made


async def test_a_log_restored_from_an_older_copy_is_refused_unless_told(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        last = await here.send(solved_run())
        await restart(here, lambda store: shutil.copytree(store, tmp_path / "older"))
        await here.send(solved_run(Log("forgotten")))
        async with memory(here.settings):
            pass
        await restart(here, lambda store: replace(store, tmp_path / "older"))
        with pytest.raises(MemoryAheadOfLog, match=f"the stream ends at {last}"):
            async with memory(here.settings):
                pass
        assert len(_runs(here.settings)) == 2
        async with memory(here.settings, rebuild=True):
            assert rows(here.settings, "SELECT seq FROM position") == [(last,)]


async def test_a_log_that_went_another_way_since_is_told_from_ours(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        await restart(here, lambda store: shutil.copytree(store, tmp_path / "older"))
        await here.send(solved_run(Log("forgotten")))
        async with memory(here.settings):
            pass
        await restart(here, lambda store: replace(store, tmp_path / "older"))
        await here.send(many_runs(2))
        async with memory(here.settings):
            assert _runs(here.settings) == [RUN.run, "run00000", "run00001"]


def replace(store: Path, by: Path) -> None:
    shutil.rmtree(store)
    shutil.copytree(by, store)


async def test_memory_goes_on_when_the_broker_comes_back(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        async with memory(here.settings) as worker:
            await restart(here)
            await here.send(solved_run(Log("later")))
            await until(lambda: _runs(here.settings) == [RUN.run, "later"], "what came after is applied")
            assert not worker.done()


async def test_every_shard_is_followed(tmp_path: Path) -> None:
    async with broker(tmp_path, shards=2) as here, memory(here.settings):
        await here.send([*solved_run(Log("one", 0)), *solved_run(Log("two", 1))])
        await until(lambda: sorted(map(str, _runs(here.settings))) == ["one", "two"], "both runs are in")
        assert rows(here.settings, "SELECT stream FROM position ORDER BY 1") == [("EVENTS",), ("EVENTS-1",)]


async def test_a_second_worker_on_the_same_file_is_refused(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings):
        with pytest.raises(ConfigError, match="another memory worker owns"):
            async with memory(here.settings):
                pass


async def test_new_runs_show_up_without_another_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 10 * WITHIN_S)
    async with broker(tmp_path) as here, memory(here.settings):
        run = Log(new_id())
        await here.send([(run.run_event("submitted"), encode(SUBMITTED))])
        await until(lambda: _runs(here.settings) == [run.run], "the copy wakes the worker")


async def test_memory_answers_though_catching_up_takes_longer_than_until_the_next_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.0)
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        async with memory(here.settings):
            assert _runs(here.settings) == [RUN.run]
