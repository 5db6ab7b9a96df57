"""What a hundred thousand finished runs in the log cost the next ones: the same fleet with them and without.

Both fleets are up at the same time and measured in turns, each first as often as second. The history is stored before
there is an orchestrator, and the commands copied from it are taken out of the queue, as whoever finished those runs
would have done; memory then reads it all. Under `process`, where it is processors that decide and not the disk.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from figure import Figure
from harness import POOL, bench_fleet, more_workers
from nats.aio.client import Client
from noops import Runner
from rate import AT_ONCE, rate
from round_trip import round_trips

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN, ORCHESTRATOR
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import (
    AnyEvent,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepReady,
    StepSpec,
    StepStarted,
    encode,
)
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import COMMANDS, Log

FINISHED = 100_000
COMMANDS_OF_A_RUN = 3
FILL = 200
"""Runs stored between two looks at how far the broker is."""
RUNS = 1000
TRIPS = 200
SAMPLES = 6
TOLERANCE = 0.1
HANDLER = "handlers:stamp"
SPEC = StepSpec(id="main", role="noop", goal="nothing at all")
TASK = RunSubmitted(task="nothing at all", role="noop")


@dataclass
class Measured:
    rates: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)
    """Medians, in milliseconds."""


def measure() -> Iterator[Figure]:
    old, new = asyncio.run(_samples())
    for what, one in ((f"{FINISHED} finished runs", old), ("an empty log", new)):
        name = f"noop runs, {AT_ONCE} at a time, after {what}"
        yield Figure(name=name, unit="runs/s", samples=one.rates, at_least=True, durability="process")
        yield Figure(
            name=f"round trip when idle, p50, after {what}", unit="ms", samples=one.trips, durability="process"
        )
    yield Figure(
        name=f"noop runs after {FINISHED}, of those after none",
        unit="x",
        samples=[full / empty for full, empty in zip(old.rates, new.rates, strict=True)],
        reach=1 - TOLERANCE,
        at_least=True,
        durability="process",
    )
    yield Figure(
        name=f"round trip after {FINISHED} runs, of that after none",
        unit="x",
        samples=[full / empty for full, empty in zip(old.trips, new.trips, strict=True)],
        reach=1 + TOLERANCE,
        durability="process",
    )


async def _samples() -> tuple[Measured, Measured]:
    async with _fleet(FINISHED) as old, _fleet(0) as new:
        measured = Measured(), Measured()
        for number in range(1 + SAMPLES):
            pairs = list(zip((old, new), measured, strict=True))
            for (nc, runner), into in pairs if number % 2 else reversed(pairs):
                throughput = await rate(nc, runner, RUNS)
                trips = Figure(name="", unit="", samples=await round_trips(runner, TRIPS)).median
                if number:  # the first is to warm up
                    into.rates.append(throughput)
                    into.trips.append(trips)
        return measured


@contextlib.asynccontextmanager
async def _fleet(finished: int) -> AsyncIterator[tuple[Client, Runner]]:
    async with bench_fleet(HANDLER, "process", POOL, slots=AT_ONCE) as (fleet, nc):
        await _fill(fleet, finished)
        async with more_workers(fleet, "memory"), more_workers(fleet, ORCHESTRATOR):
            yield nc, await Runner(nc).start()


async def _fill(fleet: Fleet, runs: int) -> None:
    nc = await connect(fleet.settings, ADMIN, name="bench")
    try:
        for _ in range(0, runs, FILL):
            await _store(nc, FILL)
        while await _commands(nc) < COMMANDS_OF_A_RUN * runs:
            await asyncio.sleep(0.2)  # nothing tells when the copies are all made
        await nc.request(f"$JS.API.STREAM.PURGE.{COMMANDS}", b"", timeout=60)
    finally:
        await nc.close()


async def _commands(nc: Client) -> int:
    info = json.loads((await nc.request(f"$JS.API.STREAM.INFO.{COMMANDS}", b"", timeout=60)).data)
    return int(info["state"]["messages"])


async def _store(nc: Client, runs: int) -> None:
    """Return when the broker has stored the last event."""
    events = [one for _ in range(runs) for one in _run(Log(new_id()))]
    for subject, event in events[:-1]:
        await nc.publish(subject, encode(event))
    subject, event = events[-1]
    await nc.request(subject, encode(event), timeout=60)


def _run(log: Log) -> Iterator[tuple[str, AnyEvent]]:
    yield log.run_event("submitted"), TASK
    yield log.run_event("planned"), RunPlanned(steps=(SPEC,))
    yield log.ready("noop", "main"), StepReady(spec=SPEC, submission=TASK)
    yield log.step_event("noop", "main", "started"), StepStarted(attempt=1, worker="host:1")
    yield log.step_event("noop", "main", "done"), StepDone(attempt=1, summary="Nothing.")
    yield log.run_event("finished"), RunFinished(status="succeeded", summary="Nothing.")
