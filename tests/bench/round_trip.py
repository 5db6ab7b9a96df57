"""Submit until the submitter knows that the run has ended, of one run at a time on a fleet that is idle in between."""

import asyncio
from collections.abc import Iterator

from figure import Figure
from harness import DURABILITIES, POOL, Durability, bench_fleet
from noops import Runner

RUNS = 200
SERIES = 5
WARM_UP = 50
PAUSE_S = 0.003
REACH_MS = {"power": (5.0, 20.0), "process": (None, None)}


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        series = asyncio.run(_samples(durability))
        every, late = REACH_MS[durability]
        all_of_them = [sample for one in series for sample in one]
        yield Figure(name="round trip when idle", unit="ms", samples=all_of_them, reach=every, durability=durability)
        worst = [Figure(name="", unit="ms", samples=one).percentile(99) for one in series]
        yield Figure(
            name=f"round trip when idle, p99 of {RUNS}", unit="ms", samples=worst, reach=late, durability=durability
        )


async def _samples(durability: Durability) -> list[list[float]]:
    async with bench_fleet("handlers:stamp", durability, "orchestrator", "memory", POOL) as (_, nc):
        runner = await Runner(nc).start()
        await round_trips(runner, WARM_UP)
        return [await round_trips(runner, RUNS) for _ in range(SERIES)]


async def round_trips(runner: Runner, count: int) -> list[float]:
    """Milliseconds of each."""
    samples = []
    for _ in range(count):
        one = await runner.one()
        samples.append((one.finished_s - one.submitted_s) * 1e3)
        await asyncio.sleep(PAUSE_S)  # so that the next one finds everybody idle
    return samples
