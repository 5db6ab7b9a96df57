"""Twenty steps that do nothing, each of which needs the one before: what one step of such a plan takes.

By the broker's stamps, from the first step made ready to the last one done. A planner hands the plan in before, and
what comes after, a test of the whole, is cancelled: nobody is there to take it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from datetime import datetime

from figure import Figure
from handlers import STEPS_IN_A_ROW
from harness import DURABILITIES, POOL, Durability, bench_fleet
from nats.aio.client import Client

from mycoderai.broker.log import append, follow
from mycoderai.schemas.events import CancelAsked, Recorded, RunSubmitted, StepDone, StepReady
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.plan import PLANNER
from mycoderai.schemas.subjects import Log

RUNS = 20
WARM_UP = 3
WITHIN_S = 30.0
REACH_MS = {"power": 20.0, "process": 10.0}


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name=f"{STEPS_IN_A_ROW} noop steps one after the other, each",
            unit="ms",
            samples=asyncio.run(_samples(durability)),
            reach=REACH_MS[durability],
            durability=durability,
        )


async def _samples(durability: Durability) -> list[float]:
    async with bench_fleet("handlers:in_a_row", durability, "orchestrator", PLANNER, POOL, "memory") as (_, nc):
        return [await _step_ms(nc) for _ in range(WARM_UP + RUNS)][WARM_UP:]


async def _step_ms(nc: Client) -> float:
    log = Log(new_id())
    submission = RunSubmitted(task="twenty times nothing", role=PLANNER)
    await append(nc, log.run_event("submitted"), submission, expected=0)
    async with asyncio.timeout(WITHIN_S):
        ready, done = await _first_and_last(nc, log)
    await append(nc, log.ask("cancel"), CancelAsked())
    return (_moment(done) - _moment(ready)) * 1e3 / STEPS_IN_A_ROW


async def _first_and_last(nc: Client, log: Log) -> tuple[Recorded, Recorded]:
    first = None
    async with aclosing(follow(nc, log.shard, log.all)) as events:
        async for raw in events:
            recorded = raw.parse()
            if recorded.subject.step == "step-1" and isinstance(recorded.event, StepReady):
                first = recorded
            if first and recorded.subject.step == f"step-{STEPS_IN_A_ROW}" and isinstance(recorded.event, StepDone):
                return first, recorded
    raise RuntimeError(f"the log of run {log.run} ended")


def _moment(recorded: Recorded) -> float:
    return datetime.fromisoformat(recorded.time).timestamp()
