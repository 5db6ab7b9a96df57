"""A worker that lives but does not receive, a handler that hangs, a service that is away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet
from nats.aio.client import Client

from mycoderai.broker import consume, hearing, signs
from mycoderai.broker.connect import connect
from mycoderai.broker.consume import Delivery, PullLoop
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import Deaf, ServiceLost
from mycoderai.schemas.events import Limits, RunSubmitted, StepReleased, StepStarted
from mycoderai.workers import steps
from mycoderai.workers.handler import Done, Outcome, StepContext, StepHandler
from mycoderai.workers.steps import StepWorker

StartFleet = Callable[..., Awaitable[RunningFleet]]
POOL = "noop"


def task(attempts: int = 1) -> RunSubmitted:
    return RunSubmitted(task="x", role=POOL, limits=Limits(attempts=attempts, minutes=0.001))


@asynccontextmanager
async def worker(fleet: RunningFleet, handler: StepHandler) -> AsyncIterator[Client]:
    """A worker in this process, once it pulls; its connection."""
    nc = await fleet.connect(POOL)
    stepping = StepWorker(nc, fleet.settings, POOL, handler)
    await stepping.start()
    ready = asyncio.Event()
    pulling = asyncio.create_task(PullLoop(nc, POOL, 4, stepping.handle).run(asyncio.Event(), ready.set))
    try:
        await ready.wait()
        yield nc
    finally:
        await end([pulling])


class Clock:
    """Time that passes when a test says so, whatever the host's does."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


async def done(step: StepContext) -> Outcome:
    return Done(summary=f"attempt {step.attempt}")


async def test_a_worker_whose_subscription_is_lost_makes_a_new_one(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(consume, "SILENCE_S", 0.6)
    monkeypatch.setattr(consume, "MOST_SILENCES", 1000)  # so short a silence may mean a slow host
    fleet = await start_fleet(("orchestrator",))
    async with worker(fleet, done) as nc:
        pull = next(sub for sub in nc._subs.values() if sub.subject.startswith("_INBOX") and "*" not in sub.subject)
        await nc._send_unsubscribe(pull._id)
        await nc.flush()
        finished = await fleet.finished(await fleet.submit(task()))
    assert finished.summary == "attempt 1", "nothing was delivered to the one that was lost"


async def test_a_worker_that_hears_nothing_at_all_ends(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(consume, "SILENCE_S", 0.3)
    fleet = await start_fleet(())
    nc = await fleet.connect(POOL)
    monkeypatch.setattr(nc, "new_inbox", lambda: "_INBOX.somebody.else")

    async def nothing(delivery: Delivery) -> None:
        raise AssertionError("it was delivered after all")

    with pytest.raises(Deaf, match="hears nothing from the broker"):
        await PullLoop(nc, POOL, 1, nothing).run(asyncio.Event())
    assert nc.is_connected


async def test_a_worker_whose_connection_is_closed_for_good_ends(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "CHECK_S", 0.1)
    fleet = await start_fleet(())
    nc = await connect(fleet.settings, POOL)
    proving = asyncio.create_task(hearing.prove_receiving(asyncio.Event()))
    await nc._process_err("some protocol error")  # what nats-py does with what it does not know
    with pytest.raises(Deaf, match="closed for good"):
        await proving


async def test_a_flush_nobody_waits_for_does_not_make_a_connection_deaf(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(())
    nc = await fleet.connect(POOL)
    flushing = asyncio.create_task(nc.flush())
    while not nc._pongs:  # it is not waited for before it is sent
        await asyncio.sleep(0)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    await nc.flush(int(WITHIN_S))


async def test_a_flush_ends_behind_what_was_published_before_it(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(())
    nc = await fleet.connect("admin")
    transport, wire = nc._transport, bytearray()
    assert transport
    write, write_all = transport.write, transport.writelines
    transport.write = lambda part: (wire.extend(part), write(part))
    transport.writelines = lambda parts: (wire.extend(b"".join(parts)), write_all(parts))
    await nc.publish("a.subject", b"a payload")
    await nc.flush()
    assert 0 <= wire.find(b"PUB a.subject") < wire.find(b"PING")


async def test_an_interrupted_attempt_is_not_held_against_a_step(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "RETRY_DELAY_S", 0.01)

    async def lost_twice(step: StepContext) -> Outcome:
        if step.attempt < 3:
            raise ServiceLost("the executor is being replaced")
        return await done(step)

    fleet = await start_fleet(("orchestrator",))
    async with worker(fleet, lost_twice):
        log = await fleet.submit(task(attempts=1))
        finished = await fleet.finished(log)
    assert (finished.status, finished.summary) == ("succeeded", "attempt 3")
    released = [event for event in await fleet.events(log) if isinstance(event, StepReleased)]
    assert [(event.attempt, event.reason) for event in released] == [(1, "interrupted"), (2, "interrupted")]


async def test_a_service_that_stays_away_ends_the_step(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "RETRY_DELAY_S", 0.01)
    monkeypatch.setattr(steps, "LONGEST_DELAY_S", 0.01)

    async def lost(step: StepContext) -> Outcome:
        raise ServiceLost("there is no executor")

    fleet = await start_fleet(("orchestrator",))
    async with worker(fleet, lost):
        log = await fleet.submit(task())
        finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.message == "What the step needs was away 10 times in a row; it is not tried again."


async def test_a_handler_that_hangs_is_noticed_and_one_that_shows_signs_is_not(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "FIRST_CHECK_S", 0.01)
    monkeypatch.setattr(steps, "RUN_CHECK_S", 0.01)
    monkeypatch.setattr(steps, "RETRY_DELAY_S", 0.01)
    clock = Clock()
    monkeypatch.setattr(signs, "time", clock)
    shown = 0

    async def hang_first(step: StepContext) -> Outcome:
        nonlocal shown
        if step.attempt == 1:
            clock.now += 1.1 * steps.LEAST_PATIENCE_S
            await asyncio.Event().wait()
        while shown < 24:
            step.show_sign()
            shown += 1
            clock.now += 0.9 * steps.LEAST_PATIENCE_S
            await asyncio.sleep(2 * steps.RUN_CHECK_S)
        return await done(step)

    fleet = await start_fleet(("orchestrator",))
    async with worker(fleet, hang_first):
        log = await fleet.submit(task(attempts=2))
        finished = await fleet.finished(log)
    assert (finished.summary, shown) == ("attempt 2", 24), "many times the patience, with signs"
    assert sum(isinstance(event, StepStarted) for event in await fleet.events(log)) == 2


async def test_mycoder_worker_starts_its_worker_again(start_fleet: StartFleet, tmp_path: Path) -> None:
    fleet = await start_fleet(("orchestrator",))
    supervisor = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "mycoder"), "worker", "--role", POOL, "--data", fleet.settings.data_dir),
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    assert supervisor.stderr
    assert (await fleet.finished(await fleet.submit(task()))).status == "succeeded"
    (child,) = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    async for line in supervisor.stderr:
        if b"is back as process" in line:
            break
    assert (await fleet.finished(await fleet.submit(task()))).status == "succeeded"
    supervisor.send_signal(signal.SIGINT)
    assert await supervisor.wait() == 0
