"""A thousand bad messages of every kind, made from the schemas: each is ended or buried, and the loops live."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import get_args

import msgspec
from dead_support import all_letters, serving
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from hostile import hostile, sample
from nats.aio.client import Client

from mycoderai.broker.backlog import read_books
from mycoderai.broker.log import append, read
from mycoderai.broker.request import STATUS, call
from mycoderai.broker.tasks import end
from mycoderai.broker.topology import ACK_WAIT_S
from mycoderai.schemas import events, notes
from mycoderai.schemas.chat import ModelRequest
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.execution import OpenSession, Repository, SessionOpened, SubmitRequest, ToolReply, ToolRequest
from mycoderai.schemas.memory import Stats
from mycoderai.schemas.subjects import EXEC_OPEN, MEMORY_QUERY, MODEL_CHAT, Log, memory_write, session
from mycoderai.workers.memory.worker import run_worker as run_memory
from mycoderai.workers.noop import run_step
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.steps import StepWorker

EACH = 40
SEED = 20261122
LONGEST_BLOCK_S = 0.1
SETTLED_WITHIN_S = ACK_WAIT_S - 1
"""A second is what it takes alone; the test shares its processors. What somebody forgot is delivered again later."""
NOOP = RunSubmitted(task="x", role="noop")
ASKS = {name: kind for name, kind in events._FAMILIES["ask"].items() if name != "pause"}


def subjects_and_kinds() -> list[tuple[str, type[events.Event]]]:
    """Where every kind of event belongs, below `evt.<shard>.<run>`."""
    shape = {"run": "run.{}", "ready": "ready.noop.x", "step": "step.noop.x.{}", "ask": "ask.{}"}
    by_type = [
        (shape[family].format(type_), kind)
        for family, kinds in events._FAMILIES.items()
        for type_, kind in kinds.items()
    ]
    return by_type + [(f"{family}.x.{family}-1", kind) for family, kind in events._BY_ID.items()]


def good(kind: type[events.Event]) -> list[dict[str, object]]:
    """Messages to spoil: one with everything in it, and one of a run that would work."""
    full = sample(kind)
    return [full, msgspec.to_builtins(NOOP)] if kind is RunSubmitted else [full]


@asynccontextmanager
async def workers(fleet: RunningFleet) -> AsyncIterator[None]:
    """An orchestrator, a pool and a memory in the test's own loop, so that what holds it up is noticed."""
    orchestrating, working = await fleet.connect("orchestrator"), await fleet.connect("noop")
    orchestrator = Orchestrator(orchestrating, fleet.settings)
    worker = StepWorker(working, fleet.settings, "noop", run_step)
    await orchestrator.start()
    await worker.start()
    stop, ready = asyncio.Event(), asyncio.Event()
    remembering = asyncio.create_task(run_memory(fleet.settings, stop, ready.set))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(orchestrating, "orchestrator", orchestrator.handle))
        await stack.enter_async_context(serving(working, "noop", worker.handle))
        try:
            await ready.wait()
            yield
        finally:
            stop.set()
            await remembering


class Watch:
    """The longest time the loop's thread computed without a pause; waiting for the processor does not count."""

    longest_s = 0.0

    async def run(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest_s = max(self.longest_s, time.thread_time() - before)
            await asyncio.sleep(0.001)


async def settled(admin: Client) -> float:
    """How long it takes until no command is left."""
    begun = time.monotonic()

    async def empty() -> bool:
        return not (await read_books(admin)).messages

    await eventually(empty)
    return time.monotonic() - begun


async def test_every_kind_of_event_is_survived_whatever_is_wrong_with_it(start_fleet) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fleet = await start_fleet(roles=(), durability="process")
    admin = await fleet.connect("admin")
    number = itertools.count()
    flood = [
        [(f"evt.0.f{next(number)}.{below}", payload) for valid in good(kind) for payload in hostile(valid, rng, EACH)]
        for below, kind in subjects_and_kinds()
    ]
    watch, slowest = Watch(), 0.0
    async with workers(fleet):
        watching = asyncio.create_task(watch.run())
        for batch in flood:
            replies = await asyncio.gather(
                *(admin.request(subject, payload, timeout=WITHIN_S) for subject, payload in batch)
            )
            assert not [reply.data for reply in replies if b"error" in reply.data]
            slowest = max(slowest, await settled(admin))
        good_run = await fleet.submit(NOOP)
        assert (await fleet.finished(good_run)).status == "succeeded"
        await end([watching])
        await every_message_was_ended(admin)
        idle = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - idle < 0.25
    assert slowest < SETTLED_WITHIN_S
    assert watch.longest_s < LONGEST_BLOCK_S


async def every_message_was_ended(admin: Client) -> None:
    """What cannot be read has a letter; a submitted run ended, or has one of the orchestrator's. A command may come to
    the queue, and a letter be kept, a while after its event."""
    await eventually(lambda: _all_ended(admin))


async def _all_ended(admin: Client) -> bool:
    unreadable, submitted, finished = set(), set(), set()
    for raw in await read(admin, "EVENTS", "evt.>"):
        *_, run, family, type_ = raw.subject.split(".")[:5]
        try:
            raw.parse()
        except MalformedMessage:
            unreadable.add(raw.seq)
        if (family, type_) == ("run", "submitted"):
            submitted.add(run)
        if (family, type_) == ("run", "finished"):
            finished.add(run)
    letters = await all_letters(admin)
    known = unreadable <= {letter.sequence for letter in letters}
    return known and submitted <= finished | {letter.run for letter in letters if letter.pool == "orchestrator"}


async def test_bad_asks_do_not_keep_a_run_from_ending(start_fleet) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fleet = await start_fleet(roles=(), durability="process")
    async with workers(fleet):
        logs = [Log(f"live{number}") for number in range(EACH)]
        for log in logs:
            for name, kind in ASKS.items():
                (payload,) = hostile(sample(kind), rng, 1)
                await fleet.client.request(log.ask(name), payload, timeout=WITHIN_S)
            await append(fleet.client, log.run_event("submitted"), NOOP, expected=0)
        ended = await asyncio.gather(*(fleet.finished(log) for log in logs))
    assert {finished.status for finished in ended} <= {"succeeded", "cancelled", "failed"}


async def test_memory_is_built_on_through_bad_writes(start_fleet) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fleet = await start_fleet(roles=(), durability="process")
    admin = await fleet.connect("admin")
    async with workers(fleet):
        for payload in hostile(sample(notes.ItemsWritten), rng, 2 * EACH):
            assert "error" not in json.loads((await admin.request("mem.global.all", payload, timeout=WITHIN_S)).data)
        await answered(fleet.client, MEMORY_QUERY, msgspec.json.encode(Stats()))


async def test_every_service_answers_bad_requests_and_lives(start_fleet) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fleet = await start_fleet(roles=("executor", "model", "memory"), durability="process")
    coder, client = await fleet.connect("coder"), fleet.client
    requests = [
        (coder, MODEL_CHAT, ModelRequest),
        (coder, EXEC_OPEN, OpenSession),
        (coder, memory_write("coder"), notes.WriteItems),
        *((client, MEMORY_QUERY, kind) for kind in get_args(notes.AnyQuery)),
    ]
    for nc, subject, kind in requests:
        valid = sample(kind)
        payloads = list(hostile(valid, rng, EACH // 2))
        await asyncio.gather(*(answered(nc, subject, payload) for payload in payloads))


async def test_a_session_answers_bad_requests_and_goes_on(start_fleet, make_repo) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fleet = await start_fleet(roles=("executor",), durability="process")
    coder = await fleet.connect("coder")
    repository = Repository(path=str(make_repo({"a.txt": "a\n"})))
    opened = await call(
        coder, EXEC_OPEN, OpenSession(run="r1", step="main", repository=repository), SessionOpened, timeout_s=WITHIN_S
    )
    for verb, kind in (("tool", ToolRequest), ("open", OpenSession), ("submit", SubmitRequest)):
        valid = sample(kind) | {"name": "bash"} if kind is ToolRequest else sample(kind)
        for payload in hostile(valid, rng, EACH // 2):
            await answered(coder, session(opened.session, verb), payload)
    bash = ToolRequest(call="last", name="bash", arguments={"command": "cat a.txt"})
    result = (await call(coder, session(opened.session, "tool"), bash, ToolReply, timeout_s=WITHIN_S)).result
    assert (result.exit_code, result.output.strip()) == (0, "a")


async def answered(nc: Client, subject: str, payload: bytes) -> str:
    """What a service says in the end."""
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    await nc.publish(subject, payload, reply=inbox)
    try:
        async with asyncio.timeout(WITHIN_S):
            async for msg in subscription.messages:
                if (status := (msg.headers or {}).get(STATUS)) != "working":
                    assert status in ("done", "refused", "lost"), (subject, msg.headers, msg.data)
                    return status
    finally:
        await subscription.unsubscribe()
    raise AssertionError("the subscription ended")
