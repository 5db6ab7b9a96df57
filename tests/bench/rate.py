"""Whole runs of one step that does nothing, as many a second as the fleet takes.

A run counts when its end is known to whoever submitted it and recorded in memory. One client submits, and keeps half a
thousand under way; a run is six events stored, three of them copied into queues. Under `power` the same again with
the runs spread over four event streams, each of which syncs on its own.
"""

import asyncio
import time
from collections.abc import Iterator

from figure import Figure
from harness import DURABILITIES, POOL, Durability, bench_fleet
from nats.aio.client import Client
from noops import Moments, Runner, remembered

RUNS = 2000
AT_ONCE = 500
SAMPLES = 5
SHARDS = 4
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
    yield Figure(
        name=f"noop runs, {AT_ONCE} at a time, {SHARDS} shards",
        unit="runs/s",
        samples=asyncio.run(_samples("power", SHARDS)),
        at_least=True,
        durability="power",
    )


async def _samples(durability: Durability, shards: int = 1) -> list[float]:
    roles = ("orchestrator", "memory", POOL)
    async with bench_fleet("handlers:stamp", durability, *roles, slots=AT_ONCE, shards=shards) as (_, nc):
        runner = await Runner(nc, shards).start()
        await rate(nc, runner, RUNS // 4)
        return [await rate(nc, runner, RUNS) for _ in range(SAMPLES)]


async def rate(nc: Client, runner: Runner, runs: int) -> float:
    """Runs a second."""
    left = iter(range(runs))

    async def one_after_the_other() -> list[Moments]:
        return [await runner.one() for _ in left]

    began = time.monotonic()
    done = await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    await remembered(nc, (one for some in done for one in some))
    return runs / (time.monotonic() - began)
