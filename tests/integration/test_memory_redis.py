"""Memory workers that share a Redis, and a Redis that dies or loses what it had."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from eventually import eventually
from nats.aio.client import Client
from redis.asyncio import Redis

from mycoderai.broker.request import call
from mycoderai.broker.verify import assert_topology
from mycoderai.schemas.errors import ConfigError, RefusedError, ServiceLost
from mycoderai.schemas.memory import ListRuns, MemoryStats, Runs, Stats
from mycoderai.schemas.notes import Items, SearchItems
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY_QUERY, Log
from tests.integration.memory_fixtures import Broker, another, asking, broker, memory, memory_process, write
from tests.integration.redis_support import RedisServer, redis_server
from tests.unit.memory_items import SHOP, put
from tests.unit.memory_logs import solved_run

Reply = TypeVar("Reply")


@asynccontextmanager
async def sharing(tmp_path: Path) -> AsyncIterator[tuple[Broker, RedisServer, Settings, Settings]]:
    """A broker, a Redis, and the settings of two workers without a disk of their own."""
    async with broker(tmp_path / "one", shards=2) as here, redis_server(tmp_path) as redis:
        one = msgspec.structs.replace(here.settings, redis_url=redis.url)
        yield here, redis, one, another(one, tmp_path / "two")


async def ask(nc: Client, query: object, kind: type[Reply]) -> Reply | None:
    """Nothing while memory begins anew, or when it was a dead worker's turn to answer."""
    try:
        return await call(nc, MEMORY_QUERY, query, kind, timeout_s=15)
    except ServiceLost:
        return None
    except RefusedError as err:
        if "builds memory anew" not in err.message:
            raise
        return None


async def shown(nc: Client, min_seq: int) -> list[str]:
    """The runs; none while the worker that answers is behind."""
    found = await ask(nc, ListRuns(min_seq=min_seq), Runs)
    return sorted(line.run for line in found.runs) if found and found.fresh else []


async def runs(nc: Client, min_seq: int) -> list[str]:
    """Once the worker that answers has come so far in the first stream of events."""
    return await eventually(lambda: shown(nc, min_seq))


async def complete(here: Broker, nc: Client) -> dict[str, int]:
    """How many rows there are once all streams are applied to their ends."""
    ends = await here.ends()

    async def at_the_ends() -> MemoryStats | None:
        told = await ask(nc, Stats(), MemoryStats)
        return told if told and told.positions == ends else None

    told = await eventually(at_the_ends)
    assert told
    return told.rows


async def test_workers_that_share_a_redis_apply_each_message_once(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (here, _, one, two), asking(here) as nc, memory(one), memory(two):
        await here.send(
            message for shard in (0, 1) for number in range(5) for message in solved_run(_log(number, shard))
        )
        raced = await asyncio.gather(*(write(nc, f"race-{n}", put("style", f"v{n}", 0)) for n in range(20)))
        assert sum(not written.refused for written in raced) == 1
        again = await asyncio.gather(*(write(nc, f"race-{n}", put("style", f"v{n}", 0)) for n in range(20)))
        assert again == raced
        last = await here.send(solved_run(Log("last")))
        counted = await complete(here, nc)
        assert len(await runs(nc, last)) == 11
    assert (counted["runs"], counted["turns"], counted["calls"]) == (11, 22, 22)
    assert not list(tmp_path.rglob("memory.sqlite*"))


def _log(number: int, shard: int) -> Log:
    return Log(f"run{number}x{shard}", shard)


async def test_workers_that_are_killed_lose_and_double_nothing(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (here, _, one, two), asking(here) as nc, memory(one):
        for wave in range(2):
            async with memory_process(two) as dying:
                await here.send(message for number in range(10) for message in solved_run(Log(f"run{wave}x{number}")))
                dying.send_signal(signal.SIGKILL)
        last = await here.send([])
        assert len(await runs(nc, last)) == 20
        counted = await complete(here, nc)
    assert (counted["runs"], counted["turns"], counted["calls"], counted["asks"]) == (20, 40, 40, 3)


async def test_a_redis_that_is_killed_is_waited_for(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (here, redis, one, _), asking(here) as nc, memory(one) as worker:
        await here.send(solved_run(Log("before")))
        await redis.kill()
        last = await here.send(solved_run(Log("meanwhile")))
        await redis.start()
        assert await runs(nc, last) == ["before", "meanwhile"]
        assert not worker.done()


async def test_a_redis_that_lost_everything_is_filled_from_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.2)
    async with sharing(tmp_path) as (here, redis, one, two), asking(here) as nc, memory(one), memory(two):
        await here.send(solved_run(Log("before")))
        await write(nc, "a", put("style", "Use tabs."))
        await redis.empty()
        last = await here.send(solved_run(Log("after")))
        # Each stream is filled again by itself, when one of its followers has noticed.
        counted = await complete(here, nc)
        assert (counted["runs"], counted["turns"]) == (2, 4)
        assert await runs(nc, last) == ["after", "before"]
        found = await eventually(lambda: ask(nc, SearchItems(text="tabs", places=(SHOP,)), Items))
        assert found
        assert [item.key for item in found.items] == ["style"]


async def test_a_stream_made_anew_makes_all_who_share_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.1)
    async with sharing(tmp_path) as (here, redis, one, two), asking(here) as nc, memory(one), memory(two):
        gone = await here.send([*solved_run(Log("gone")), *solved_run(Log("gone2"))])
        assert await runs(nc, gone) == ["gone", "gone2"]
        await here.api("STREAM.DELETE.EVENTS")
        await assert_topology(here.admin, here.settings)
        last = await here.send(solved_run(Log("another")))

        async def anew() -> bool:
            return await shown(nc, last) == ["another"]

        await eventually(anew)
        async with Redis.from_url(redis.url) as client:

            async def one_build() -> bool:
                keys = await client.keys("mycoder:memory:*")
                return len({key.split(b":")[3] for key in keys if key.count(b":") > 3}) == 1

            await eventually(one_build)  # what was built before is removed, a piece at a time


async def test_a_redis_that_may_throw_rows_away_is_refused(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (_, redis, one, _):
        async with Redis.from_url(redis.url) as client:
            await client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(ConfigError, match="may throw rows of memory away"):
            async with memory(one):
                pass
        with pytest.raises(ConfigError, match="not an address of Redis"):
            async with memory(msgspec.structs.replace(one, redis_url="http://x")):
                pass
