"""Memory that begins anew: read from the log, or from a copy in the object store; and what reading and writing cost."""

import asyncio
import contextlib
import itertools
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator

import msgspec
import structlog
from figure import Figure
from harness import scratch
from memory_items import SHOP, put_texts, texts
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.request import call
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.chat import Message, ToolCall, Usage
from mycoderai.schemas.events import (
    AnyEvent,
    EvidenceRecorded,
    ModelAnswered,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepOpened,
    StepReady,
    StepSpec,
    StepStarted,
    StepTurn,
    encode,
)
from mycoderai.schemas.execution import Checkpoint, Evidence, Isolation, Repository, TestCounts, ToolResult
from mycoderai.schemas.notes import GetItem, Items
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY_QUERY, Log
from mycoderai.workers.memory import snapshots
from mycoderai.workers.memory.worker import run_worker

RUNS = 4_000
REPEATS = 5
EVENTS_PER_S = 50_000.0
GET_REACH_MS = 1.0
GETS = 1_000
PUTS_PER_S = 10_000.0
WRITERS = 8
BATCHES = 15
BATCH = 100
BASE = Checkpoint(commit="b" * 40, tree="0" * 40)
SOLVED = Checkpoint(commit="c" * 40, tree="1" * 40)
TASK = RunSubmitted(task="make the tests pass", repository=Repository(path="/srv/shop"), submitted_by="ada")
SPEC = StepSpec(id="solve", role="coder", goal="make the tests pass")
SEEN = Evidence(
    id="e1",
    tree=SOLVED.tree,
    commit=SOLVED.commit,
    base_tree=BASE.tree,
    command="pytest -q",
    exit_code=0,
    tests=TestCounts(passed=3, total=3),
    isolation=Isolation(level="bubblewrap"),
)


def measure() -> Iterator[Figure]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    from_log, from_copy = asyncio.run(_rebuilds())
    yield Figure(
        name="memory: rebuild from the log", unit="events/s", samples=from_log, reach=EVENTS_PER_S, at_least=True
    )
    yield Figure(name="memory: rebuild from a copy", unit="s", samples=from_copy)
    gets, puts = asyncio.run(_items())
    yield Figure(name="memory: get an item", unit="ms", samples=gets, reach=GET_REACH_MS)
    yield Figure(
        name=f"memory: puts, {BATCH} a batch, {WRITERS} writers",
        unit="puts/s",
        samples=puts,
        reach=PUTS_PER_S,
        at_least=True,
        durability="power",
    )


async def _rebuilds() -> tuple[list[float], list[float]]:
    async with broker(()) as (settings, nc):
        events = await fill(nc)
        snapshots.AT_STOP_EVENTS = events + 1
        from_log = [events / await rebuild(settings) for _ in range(REPEATS)]
        snapshots.AT_STOP_EVENTS = 1
        await rebuild(settings)
        return from_log, [await rebuild(settings) for _ in range(REPEATS)]


async def _items() -> tuple[list[float], list[float]]:
    async with broker(("memory",)) as (_, nc):
        puts = [await batches(nc, repeat) for repeat in range(REPEATS)]
        gets = []
        for number in range(GETS):
            began = time.monotonic()
            found = await call(
                nc, MEMORY_QUERY, GetItem(place=SHOP, key=f"k0-0-0-{number % BATCH}"), Items, timeout_s=5
            )
            gets.append((time.monotonic() - began) * 1e3)
            if not found.items:
                raise RuntimeError("the item is not there")
        return gets, puts


async def batches(nc: Client, repeat: int) -> float:
    """Puts in a second, of writers that each wait for one batch before the next."""

    async def writer(number: int) -> None:
        for batch in range(BATCHES):
            keys = [f"k{repeat}-{number}-{batch}-{key}" for key in range(BATCH)]
            await put_texts(nc, keys, texts(number * BATCHES * BATCH + batch * BATCH))

    began = time.monotonic()
    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    return WRITERS * BATCHES * BATCH / (time.monotonic() - began)


@contextlib.asynccontextmanager
async def broker(roles: tuple[str, ...], **changes: str) -> AsyncIterator[tuple[Settings, Client]]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability="power", **changes)
        async with Fleet(settings, roles) as fleet:
            nc = await connect(fleet.settings, ADMIN, name="bench")
            try:
                yield fleet.settings, nc
            finally:
                await nc.close()


async def fill(nc: Client) -> int:
    """Runs of one step and two turns; how many events the log holds."""
    count = itertools.count(1)
    for run in range(RUNS):
        for subject, event in _run(Log(f"run{run:06}")):
            await nc.publish(subject, encode(event))
            if next(count) % 1000 == 0:
                await nc.flush()
    last = await nc.request("evt.0.end.ask.cancel", b'{"kind":"ask.cancel"}', timeout=60)
    return int(json.loads(last.data)["seq"])


def _run(log: Log) -> Iterator[tuple[str, AnyEvent]]:
    yield log.run_event("submitted"), TASK
    yield log.run_event("planned"), RunPlanned(steps=(SPEC,))
    yield log.ready("coder", "solve"), StepReady(spec=SPEC, submission=TASK)
    yield log.step_event("coder", "solve", "started"), StepStarted(attempt=1, worker="host:1")
    yield log.step_event("coder", "solve", "opened"), StepOpened(attempt=1, session="s1", base=BASE)
    for number in (1, 2):
        said = Message(role="assistant", content="I run the tests.", tool_calls=(_call(number),))
        usage = Usage(input_tokens=100, output_tokens=10, cost_usd=0.25)
        yield (
            log.call("solve", f"k{number}"),
            ModelAnswered(call=f"k{number}", model="acme/large", message=said, finish_reason="tool_calls", usage=usage),
        )
        result = ToolResult(call=f"c{number}", name="bash", output="3 passed", exit_code=0)
        yield (
            log.step_event("coder", "solve", "turn"),
            StepTurn(attempt=1, turn=number, message=said, results=(result,), usage=usage, checkpoint=SOLVED),
        )
    yield log.proof("solve", "e1"), EvidenceRecorded(evidence=SEEN)
    yield (
        log.step_event("coder", "solve", "done"),
        StepDone(attempt=1, summary="Fixed it.", result=SOLVED, evidence="e1"),
    )
    yield (
        log.run_event("finished"),
        RunFinished(status="succeeded", branch=f"mycoder/{log.run}", result=SOLVED, evidence=SEEN, turns=2),
    )


def _call(number: int) -> ToolCall:
    return ToolCall(id=f"c{number}", name="bash", arguments='{"command": "pytest"}')


async def rebuild(settings: Settings) -> float:
    """Seconds from an empty folder to the first answer."""
    with scratch() as folder:
        own = msgspec.structs.replace(settings, data_dir=str(folder), credentials_dir=str(settings.credentials))
        stop, began, took = asyncio.Event(), time.monotonic(), [0.0]

        def ready() -> None:
            took[0] = time.monotonic() - began
            stop.set()

        await run_worker(own, stop, ready)
        return took[0]
