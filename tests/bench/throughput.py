"""Runs per second when each is submitted only after the one before has ended: twenty to a sample."""

import asyncio
from collections.abc import Iterator

from figure import Figure
from harness import DURABILITIES, Durability, bench_fleet
from noops import Moments, moments

RUNS = 20
SAMPLES = 10


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name=f"{RUNS} noop runs in a row",
            unit="runs/s",
            samples=asyncio.run(_samples(durability)),
            at_least=True,
            durability=durability,
        )


async def _samples(durability: Durability) -> list[float]:
    async with bench_fleet("handlers:stamp", durability) as (_, nc):
        done = await moments(nc, RUNS * SAMPLES)
    return [_rate(done[first : first + RUNS]) for first in range(0, len(done), RUNS)]


def _rate(batch: list[Moments]) -> float:
    return len(batch) / (batch[-1].finished_s - batch[0].submitted_s)
