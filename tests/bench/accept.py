"""Submit to durable accept: a client's append of `run.submitted` on a warm fleet, until its reply."""

import asyncio
from collections.abc import Iterator

from figure import Figure
from harness import DURABILITIES, Durability, bench_fleet
from noops import moments

REACH_MS = {"power": 3.0, "process": 1.0}
COUNT = 400


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name="submit to durable accept",
            unit="ms",
            samples=asyncio.run(_samples(durability)),
            reach=REACH_MS[durability],
            durability=durability,
        )


async def _samples(durability: Durability) -> list[float]:
    async with bench_fleet("handlers:stamp", durability) as (_, nc):
        return [(one.accepted_s - one.submitted_s) * 1e3 for one in await moments(nc, COUNT)]
