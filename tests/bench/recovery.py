"""An agent worker is killed (SIGKILL) in the middle of a step: until the next attempt's handler is called.

The supervisor starts the process again at once; the step waits for the broker to see that its delivery is lost.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

from figure import Figure
from harness import POOL, bench_fleet, fleet_processes
from nats.aio.client import Client
from noops import Runner

from mycoderai.broker.log import follow
from mycoderai.schemas.subjects import Log

COUNT = 3
REACH_S = 12.0


def measure() -> Iterator[Figure]:
    yield Figure(
        name="kill -9 of an agent to its step's next attempt",
        unit="s",
        samples=asyncio.run(_samples()),
        reach=REACH_S,
        durability="power",
    )


async def _samples() -> list[float]:
    async with bench_fleet("handlers:hold", "power") as (fleet, nc):
        runner = await Runner(nc).start()
        samples = []
        for _ in range(COUNT):
            run, _, _ = await runner.submit()
            await _first_attempt(nc, run)
            killed = time.monotonic()
            os.kill(fleet_processes(fleet.settings.data)[POOL], signal.SIGKILL)
            _, event = await runner.end_of(run)
            samples.append(float(event.summary) - killed)
        return samples


async def _first_attempt(nc: Client, run: str) -> None:
    async for _ in follow(nc, 0, Log(run).step_event(POOL, "main", "started")):
        return
