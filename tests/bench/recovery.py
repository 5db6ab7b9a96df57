"""An agent worker is killed (SIGKILL) in the middle of a step: until the next attempt's handler is called.

Once by itself: the supervisor sees the death, gives the delivery back and starts the process again. Once while
deliveries are on their way to it, until the last of those runs has ended. And once a worker that nobody watches, beside
a second one: the step waits for the broker to see that its delivery is lost.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator

from figure import Figure
from harness import POOL, bench_fleet, fleet_processes, more_workers
from nats.aio.client import Client
from noops import Runner

from mycoderai.broker.log import follow
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_keeper import HEALTHY_AFTER_S
from mycoderai.schemas.events import StepStarted
from mycoderai.schemas.subjects import Log

COUNT = 5
BURSTS, BURST = 10, 30
BURST_S = 0.1
"""How long a burst is being submitted, about; the kill falls into it."""
SEED = 7
REACH_S = 2.0
UNWATCHED_COUNT = 3
UNWATCHED_REACH_S = 12.0
HANDLER = "handlers:hold"


def measure() -> Iterator[Figure]:
    for name, samples, reach in (
        ("kill -9 of an agent to its step's next attempt", asyncio.run(_watched()), REACH_S),
        ("kill -9 of an agent in a burst, to the end of its last run", asyncio.run(_in_bursts()), REACH_S),
        ("the same without a supervisor", asyncio.run(_unwatched()), UNWATCHED_REACH_S),
    ):
        yield Figure(name=name, unit="s", samples=samples, reach=reach, durability="power")


async def _watched() -> list[float]:
    async with bench_fleet(HANDLER, "power") as (fleet, nc):
        runner = await Runner(nc).start()
        return [await _recovery(nc, runner, fleet) for _ in range(COUNT)]


async def _recovery(nc: Client, runner: Runner, fleet: Fleet) -> float:
    await _settled()
    run, _, _ = await runner.submit()
    await _first_attempt(nc, run)
    return await _killed(runner, run, fleet_processes(fleet.settings.data)[POOL])


async def _in_bursts() -> list[float]:
    chance = random.Random(SEED)  # noqa: S311
    async with bench_fleet("handlers:stamp", "power") as (fleet, nc):
        runner = await Runner(nc).start()
        return [await _recovery_of_a_burst(runner, fleet, chance.uniform(0, BURST_S)) for _ in range(BURSTS)]


async def _recovery_of_a_burst(runner: Runner, fleet: Fleet, after_s: float) -> float:
    await _settled()
    submitting = asyncio.create_task(_submit(runner))
    await asyncio.sleep(after_s)
    os.kill(fleet_processes(fleet.settings.data)[POOL], signal.SIGKILL)
    killed = time.monotonic()
    ends = [await runner.end_of(run) for run in await submitting]
    return max(finished_s for finished_s, _, _ in ends) - killed


async def _submit(runner: Runner) -> list[str]:
    return [(await runner.submit())[0] for _ in range(BURST)]


async def _settled() -> None:
    """What dies again and again is started again the later for it, which is not what is measured."""
    await asyncio.sleep(HEALTHY_AFTER_S)


async def _unwatched() -> list[float]:
    async with bench_fleet(HANDLER, "power", "orchestrator") as (fleet, nc):
        runner = await Runner(nc).start()
        return [await _recovery_of_two(nc, runner, fleet) for _ in range(UNWATCHED_COUNT)]


async def _recovery_of_two(nc: Client, runner: Runner, fleet: Fleet) -> float:
    async with more_workers(fleet, POOL, 2, HANDLER):
        run, _, _ = await runner.submit()
        worker = await _first_attempt(nc, run)
        return await _killed(runner, run, int(worker.rpartition(":")[2]))


async def _killed(runner: Runner, run: str, pid: int) -> float:
    killed = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    _, _, event = await runner.end_of(run)
    return float(event.summary) - killed


async def _first_attempt(nc: Client, run: str) -> str:
    """The worker that took the step."""
    async for raw in follow(nc, 0, Log(run).step_event(POOL, "main", "started")):
        started = raw.parse().event
        if isinstance(started, StepStarted):
            return started.worker
    raise RuntimeError(f"the log of run {run} ended")
