"""Accepted to first step: from the server's stamp on the stored submission to the first line of the step's handler.

On the way lie the copy into the queue, the orchestrator's plan, its ready event, the copy of that one, and the
attempt's `started` event: three appends one after the other, each as durable as the fleet promises.

The handler is the benchmark's own (`--handler`): it does what `noop` does and returns the moment it was called, by
the clock the server stamps with. The client's own "accepted" would flatter: on a busy host the handler has at times
begun before the client gets to read the reply. The stamp is made before the submission is synced, so the figure
includes that too.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from figure import Figure
from harness import DURABILITIES, Durability, bench_fleet
from nats.aio.client import Client
from noops import Moments, moments

from mycoderai.broker.log import last
from mycoderai.schemas.subjects import Log

REACH_MS = {"power": 8.0, "process": None}
COUNT = 400


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name="accepted to first step's handler",
            unit="ms",
            samples=asyncio.run(_samples(durability)),
            reach=REACH_MS[durability],
            durability=durability,
        )


async def _samples(durability: Durability) -> list[float]:
    async with bench_fleet("handlers:stamp", durability) as (_, nc):
        return [await _dispatch_ms(nc, one) for one in await moments(nc, COUNT)]


async def _dispatch_ms(nc: Client, one: Moments) -> float:
    stored = await last(nc, Log(one.run).run_event("submitted"))
    if stored is None:
        raise RuntimeError(f"the submission of run {one.run} is not in the log")
    return (float(one.summary) - datetime.fromisoformat(stored.time).timestamp()) * 1e3
