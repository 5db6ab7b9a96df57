"""Streams and consumers changed behind the fleet's back: put right, or said aloud."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet, Told

from mycoderai.broker.api import ask_api
from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.broker.tasks import end
from mycoderai.broker.verify import drift, purge_acknowledged, verify
from mycoderai.gateway import fleet_watch
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_streams import read_streams
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.events import RunSubmitted, StepReady
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

NOOP = RunSubmitted(task="nothing", model="offline/repair", role="noop")
SHARDS = 2


class Drifting:
    """A fleet of noops, with somebody who holds the admin's password."""

    def __init__(self, tmp_path: Path, stack: AsyncExitStack) -> None:
        self.settings = Settings(data_dir=str(tmp_path / "data"), durability="process", shards=SHARDS)
        self.told = Told()
        self._stack = stack

    async def start(self, **changes: object) -> None:
        self.settings = msgspec.structs.replace(self.settings, nats_url="", **changes)
        self.fleet = Fleet(self.settings, ("orchestrator", "noop"), tell=self.told)
        await self._stack.enter_async_context(self.fleet)
        self.settings = self.fleet.settings
        self.admin = await connect(self.settings, ADMIN)
        self._stack.push_async_callback(self.admin.close)

    async def stop(self) -> None:
        await self.admin.close()
        await self.fleet.stop()

    async def submit(self, role: str = "noop") -> Log:
        run = new_id()
        log = Log(run, shard_of(run, SHARDS))
        await append(self.admin, log.run_event("submitted"), msgspec.structs.replace(NOOP, role=role), expected=0)
        return log

    async def finished(self, log: Log) -> None:
        client = RunningFleet(self.fleet, self.admin, self._stack, Path())
        assert (await client.finished(log)).status == "succeeded"


@pytest.fixture
async def drifting(tmp_path: Path) -> AsyncIterator[Drifting]:
    async with AsyncExitStack() as stack:
        here = Drifting(tmp_path, stack)
        await here.start()
        yield here


async def test_what_was_changed_or_deleted_by_hand_is_put_right_and_no_command_is_lost(drifting: Drifting) -> None:
    admin = drifting.admin
    await drifting.finished(await drifting.submit())
    info = await ask_api(admin, "CONSUMER.INFO.COMMANDS.orchestrator")
    changed = {"stream_name": "COMMANDS", "config": info["config"] | {"ack_wait": 10**9}}
    await ask_api(admin, "CONSUMER.CREATE.COMMANDS.orchestrator", changed)
    stream = (await ask_api(admin, "STREAM.INFO.EVENTS-1"))["config"]
    await ask_api(admin, "STREAM.UPDATE.EVENTS-1", stream | {"max_bytes": 1 << 30, "max_msgs": 10**6})
    await ask_api(admin, "CONSUMER.DELETE.COMMANDS.noop")
    waiting = [await drifting.submit() for _ in range(10)]

    await drifting.told.wait_for("COMMANDS.noop is missing")

    async def as_declared() -> bool:
        return await drift(admin, drifting.settings) == []

    await eventually(as_declared)  # the look that found the queue missing may have been past the stream before
    async with asyncio.timeout(WITHIN_S):
        for log in waiting:
            await drifting.finished(log)


async def test_a_queue_deleted_by_hand_is_copied_anew_from_the_events(drifting: Drifting) -> None:
    await ask_api(drifting.admin, "CONSUMER.DELETE.COMMANDS.noop")
    waiting = await drifting.submit()
    await ask_api(drifting.admin, "STREAM.DELETE.COMMANDS")
    await drifting.told.wait_for("stream COMMANDS was missing")
    async with asyncio.timeout(WITHIN_S):
        await drifting.finished(waiting)


async def test_a_queue_that_is_copied_into_while_it_is_looked_at_is_left_alone(drifting: Drifting) -> None:
    async def submit() -> None:
        while True:
            await asyncio.gather(*(drifting.submit() for _ in range(5)))

    submitting = asyncio.create_task(submit())
    for _ in range(40):
        report = await verify(drifting.admin, drifting.settings, {}, starting=False)
        assert report.corrected == []
    await end([submitting])


async def test_a_log_that_was_purged_or_deleted_raises_an_alarm_and_is_not_taken_for_no_work(
    drifting: Drifting, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = set()
    while stored != set(range(SHARDS)):
        log = await drifting.submit()
        await drifting.finished(log)
        stored.add(log.shard)
    await drifting.stop()
    monkeypatch.setattr(fleet_watch, "VERIFY_EVERY_S", 0.2)
    await drifting.start()

    await ask_api(drifting.admin, "STREAM.PURGE.EVENTS")
    await drifting.told.wait_for("ALARM stream EVENTS lost")
    await ask_api(drifting.admin, "STREAM.DELETE.EVENTS-1")
    await drifting.told.wait_for("ALARM stream EVENTS-1 is gone")
    assert await drift(drifting.admin, drifting.settings) == ["EVENTS-1 is missing"]
    assert len(read_streams(drifting.settings.data).alarms) == 2, "what `mycoder doctor` shows"

    await drifting.stop()
    await drifting.start()
    assert await drift(drifting.admin, drifting.settings) == []
    assert "EVENTS-1 is gone" in read_streams(drifting.settings.data).alarms[0]
    while (log := await drifting.submit()).shard == 0:
        await drifting.finished(log)
    await drifting.finished(log)


async def test_another_number_of_shards_is_refused_once_there_are_runs(drifting: Drifting) -> None:
    await drifting.stop()
    await drifting.start(shards=1)  # nothing is stored yet
    await drifting.stop()
    await drifting.start(shards=SHARDS)
    await drifting.finished(await drifting.submit())
    await drifting.stop()
    with pytest.raises(ConfigError, match="spread over 2 event streams"):
        await drifting.start(shards=3)
    await drifting.start(shards=SHARDS)


async def test_what_was_acknowledged_is_cleared_away_and_nothing_else(drifting: Drifting) -> None:
    await drifting.finished(await drifting.submit())
    waiting = await drifting.submit(role="tester")  # nobody plays that role
    await RunningFleet(drifting.fleet, drifting.admin, AsyncExitStack(), Path()).wait_for(waiting, StepReady)

    async def it_alone_is_left() -> bool:
        return await commands(drifting) == {("tester", waiting.run)}

    await eventually(it_alone_is_left)
    assert await purge_acknowledged(drifting.admin, drifting.settings) == 0
    assert await it_alone_is_left()


async def commands(drifting: Drifting) -> set[tuple[str, str]]:
    """Pool and run of what is in the queue."""
    info = await ask_api(drifting.admin, "STREAM.INFO.COMMANDS", {"subjects_filter": ">"})
    subjects = [subject.split(".") for subject in info["state"].get("subjects") or ()]
    return {(pool, run) for _, pool, run, *_ in subjects}
