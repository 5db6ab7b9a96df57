"""Whole runs of one step that does nothing, as many a second as the fleet takes.

A run counts when its end is known to whoever submitted it and recorded in memory. One client submits, and keeps half a
thousand under way; a run is six events stored, three of them copied into queues.
"""

import asyncio
import time
from collections.abc import Iterator

from figure import Figure
from harness import DURABILITIES, Durability, bench_fleet
from nats.aio.client import Client
from noops import Runner

from mycoderai.broker.request import call
from mycoderai.schemas.memory import MemoryStats, Stats
from mycoderai.schemas.subjects import MEMORY_QUERY

RUNS = 2000
AT_ONCE = 500
SAMPLES = 5
REACH = {"power": 400.0, "process": 1000.0}


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name=f"noop runs, {AT_ONCE} at a time",
            unit="runs/s",
            samples=asyncio.run(_samples(durability)),
            reach=REACH[durability],
            at_least=True,
            durability=durability,
        )


async def _samples(durability: Durability) -> list[float]:
    roles = ("orchestrator", "memory")
    async with bench_fleet("handlers:stamp", durability, *roles, slots=AT_ONCE) as (_, nc):
        runner = await Runner(nc).start()
        await _rate(nc, runner, RUNS // 4)
        return [await _rate(nc, runner, RUNS) for _ in range(SAMPLES)]


async def _rate(nc: Client, runner: Runner, runs: int) -> float:
    left = iter(range(runs))

    async def one_after_the_other() -> int:
        last = 0
        for _ in left:
            last = (await runner.one()).finished_seq
        return last

    began = time.monotonic()
    last = max(await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE))))
    stats = await call(nc, MEMORY_QUERY, Stats(min_seq=last), MemoryStats, timeout_s=60)
    if not stats.fresh:
        raise RuntimeError(f"memory is at {stats.applied}, the last run ended at {last}")
    return runs / (time.monotonic() - began)
