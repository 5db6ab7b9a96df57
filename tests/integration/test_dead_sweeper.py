"""Commands the broker has given up are found, and no run waits for one."""

import asyncio
import json
from collections import Counter

import pytest
from dead_support import all_letters, serving
from eventually import WITHIN_S, eventually
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.backlog import read_books
from mycoderai.broker.consume import Delivery
from mycoderai.broker.dead import store
from mycoderai.broker.life import Life
from mycoderai.broker.log import append, read
from mycoderai.broker.topology import MAX_DELIVER
from mycoderai.schemas.events import RunFinished, RunPlanned, RunSubmitted, StepReady, StepSpec, StepStarted
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.subjects import COMMANDS, Log, dead
from mycoderai.workers import stranded
from mycoderai.workers import sweeper as sweeper_module
from mycoderai.workers.core.sweep import unaccounted
from mycoderai.workers.noop import run_step
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.runtime import _role
from mycoderai.workers.steps import StepWorker
from mycoderai.workers.sweeper import Sweeper

NOOP = RunSubmitted(task="x", role="noop")


async def exhaust(nc: Client, pool: str) -> None:
    """Take the pool's one command and hand it back until the broker gives it up."""
    given_up = asyncio.Event()

    async def hand_back(delivery: Delivery) -> None:
        await delivery.nak()
        if delivery.count == MAX_DELIVER:
            given_up.set()

    async with serving(nc, pool, hand_back):
        async with asyncio.timeout(WITHIN_S):
            await given_up.wait()
        await struck_off(nc)


async def struck_off(nc: Client) -> None:
    """The broker does that to a message when it is pulled for once more."""

    async def missing() -> bool:
        before, books = await read_books(nc), await read_books(nc)
        return books == before and unaccounted(books) > 0  # read while something moves, they are wrong for a moment

    await eventually(missing)


async def sweeper(fleet, *, pool_patience_s: float = 300.0) -> Sweeper:
    nc = await fleet.connect("orchestrator")
    orchestrator = Orchestrator(nc, fleet.settings)
    await orchestrator.start()
    return Sweeper(nc, fleet.settings, orchestrator, listen_s=0.3, pool_patience_s=pool_patience_s)


async def commands_left(admin: Client) -> int:
    return (await read_books(admin)).messages


@pytest.fixture
async def fleet(start_fleet):
    return await start_fleet(roles=("orchestrator",))


async def test_a_step_nobody_can_begin_is_tried_once_more_and_then_ends_its_run(fleet) -> None:
    admin, sweep = await fleet.connect("admin"), await sweeper(fleet)
    log = await fleet.submit(NOOP)
    await fleet.wait_for(log, StepReady)
    await exhaust(admin, "noop")
    assert await sweep.sweep() == 1
    assert await all_letters(admin) == []
    await fleet.wait_for(log, StepReady, count=2)
    await exhaust(admin, "noop")
    assert await sweep.sweep() == 1
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code is FailureCode.ATTEMPTS_EXHAUSTED
    (letter,) = await all_letters(admin)
    assert (letter.pool, letter.run, letter.step, letter.attempts) == ("noop", log.run, "main", MAX_DELIVER)
    assert json.loads(letter.payload)["kind"] == "step.ready"
    assert await commands_left(admin) == 0


async def test_every_orchestrator_looks_now_and_then_and_asks_two_things_when_all_is_well(
    start_fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = await start_fleet(roles=())
    admin = await fleet.connect("admin")
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def note(msg: Msg) -> None:
        await asked.put(msg.subject)

    for subject in (f"$JS.API.STREAM.INFO.{COMMANDS}", f"$JS.API.CONSUMER.LIST.{COMMANDS}"):
        await admin.subscribe(subject, cb=note)
    await admin.flush()
    monkeypatch.setattr(sweeper_module, "EVERY_S", 0.2)
    stop = asyncio.Event()
    orchestrator = _role(fleet.settings, "orchestrator", "", Life({}))
    running = asyncio.create_task(orchestrator(fleet.settings, stop, lambda: None))
    seen: Counter[str] = Counter()
    async with asyncio.timeout(WITHIN_S):
        while len(seen) < 2 or min(seen.values()) < 2:  # on a loaded host a question may be asked again
            seen[await asked.get()] += 1
    stop.set()
    await running


async def test_a_step_that_was_begun_goes_on_in_the_same_round(fleet) -> None:
    admin, sweep = await fleet.connect("admin"), await sweeper(fleet)
    log = await fleet.submit(NOOP)
    await fleet.wait_for(log, StepReady)
    await append(admin, log.step_event("noop", "main", "started"), StepStarted(attempt=1, worker="gone"))
    await exhaust(admin, "noop")
    assert await sweep.sweep() == 1
    noop = await fleet.connect("noop")
    worker = StepWorker(noop, fleet.settings, "noop", run_step)
    await worker.start()
    async with serving(noop, "noop", worker.handle):
        assert (await fleet.finished(log)).status == "succeeded"
    started = [event for event in await fleet.events(log) if isinstance(event, StepStarted)]
    assert [(event.attempt, event.round) for event in started] == [(1, 1), (2, 1)]
    assert await all_letters(admin) == []


async def test_what_a_worker_holds_is_left_alone(fleet) -> None:
    admin, sweep = await fleet.connect("admin"), await sweeper(fleet)
    held = asyncio.Event()

    async def hold(delivery: Delivery) -> None:
        if delivery.data == b'"poison"':
            await delivery.nak()
            return
        held.set()
        while True:
            await delivery.in_progress()
            await asyncio.sleep(0.05)

    async with serving(admin, "noop", hold):
        await fleet.submit(NOOP)
        await held.wait()
        await admin.request(Log("poison").ready("noop", "main"), b'"poison"', timeout=WITHIN_S)
        await struck_off(admin)
        # Where nobody was heard in its short while, it is not certain what is held, and nothing is done.
        assert await eventually(sweep.sweep) == 1
        (left,) = await read(admin, COMMANDS, "cmd.noop.>")
        assert left.data != b'"poison"'


async def test_a_run_whose_orchestrators_all_failed_is_decided_after_all(start_fleet) -> None:
    fleet = await start_fleet(roles=())
    admin, sweep = await fleet.connect("admin"), await sweeper(fleet)
    log = await fleet.submit(NOOP)
    await exhaust(admin, "orchestrator")
    assert await sweep.sweep() == 1
    events = await fleet.events(log)
    assert [type(event) for event in events] == [RunSubmitted, RunPlanned, StepReady]
    assert await all_letters(admin) == []
    assert not await read(admin, COMMANDS, "cmd.orchestrator.>")


async def test_a_run_that_kills_whoever_looks_at_it_is_ended_without_a_look(
    start_fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = await start_fleet(roles=())
    admin, sweep = await fleet.connect("admin"), await sweeper(fleet)
    log = await fleet.submit(NOOP)
    await exhaust(admin, "orchestrator")
    left_by_the_dead = dead("orchestrator", log.run, "")
    await store(admin, left_by_the_dead, b"", "why", subject="cmd", attempts=MAX_DELIVER, source=("EVENTS", 1))
    assert await sweep.sweep() == 1
    assert [type(event) for event in await fleet.events(log)] == [RunSubmitted]  # somebody may be at it
    monkeypatch.setattr(stranded, "DIED_OF_IT_S", 0.0)
    assert await sweep.sweep() == 1
    assert [type(event) for event in await fleet.events(log)] == [RunSubmitted, RunFinished]
    assert len(await all_letters(admin)) == 1
    assert await commands_left(admin) == 0


async def test_a_step_of_a_pool_that_is_gone_ends_its_run_after_a_while(start_fleet) -> None:
    fleet = await start_fleet(roles=())
    admin = await fleet.connect("admin")
    spec = StepSpec(id="main", role="gone", goal="x")
    log = await fleet.submit(NOOP)
    await append(admin, log.run_event("planned"), RunPlanned(steps=(spec,)))
    await append(admin, log.ready("gone", "main"), StepReady(spec=spec, submission=NOOP))
    await eventually(lambda: read(admin, COMMANDS, "cmd.gone.>"))  # the server copies it in its own time
    assert await (await sweeper(fleet)).sweep() == 1
    assert len(await read(admin, COMMANDS, "cmd.gone.>")) == 1  # the pool may be started yet
    assert await (await sweeper(fleet, pool_patience_s=0.0)).sweep() == 1
    finished = await fleet.finished(log)
    assert finished.failure
    assert "No worker takes steps for the pool 'gone'" in finished.failure.message
    assert not await read(admin, COMMANDS, "cmd.gone.>")
    assert [letter.pool for letter in await all_letters(admin)] == ["gone"]
