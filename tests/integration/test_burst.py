"""More at once than the fleet can do, and one run that would take everything: memory stays bounded, all come to their
turn, and afterwards everything is as before."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from dead_support import serving
from eventually import WITHIN_S
from fleet_support import RunningFleet
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.log import append
from mycoderai.gateway.fleet_data import read_record
from mycoderai.schemas.events import CancelAsked, ResumeAsked, RunPlanned, RunSubmitted, StepDone
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.plan import Acceptance, StepSpec
from mycoderai.schemas.subjects import Log
from mycoderai.workers.handler import Done, Outcome, StepContext
from mycoderai.workers.steps import StepWorker

RUNS = 2000
AT_ONCE = 250
"""Submissions on their way."""
MB = 1 << 20
NOOP = RunSubmitted(task="nothing", role="noop")
MOST_GROWTH_MB = {"orchestrator": 15, "agents": 8, "memory": 20, "nats-server": 150}
"""Far above what was seen, and far below what it would be if each kept something of every run for good."""


@pytest.mark.slow
async def test_a_burst_stays_bounded_in_memory_and_leaves_no_trace(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "noop", "memory"), durability="process")
    before = await latencies(fleet, 60)
    async with watched_memory(fleet) as growth, finishes(fleet.client) as ended:
        begun = time.monotonic()
        runs = await submit_all(fleet.client)
        accepted = time.monotonic()
        await ended(runs)
        over = time.monotonic()
    print(f"accepted {RUNS / (accepted - begun):.0f}/s, ended {RUNS / (over - begun):.0f}/s, grown {growth}")
    after = await latencies(fleet, 60)
    print(f"p50 {before[30]:.1f} → {after[30]:.1f} ms, p99 {before[-1]:.1f} → {after[-1]:.1f} ms")
    for name, megabytes in growth.items():
        assert megabytes < MOST_GROWTH_MB[name], (name, growth)
    assert after[30] < 2 * before[30] + 50, "nothing of the burst is left to wait behind"


async def test_a_run_with_a_thousand_steps_lets_others_come_to_their_turn(start_fleet: Any) -> None:
    share = 32
    fleet: RunningFleet = await start_fleet(("orchestrator",), pools=("nobody",), steps_per_run=share)
    large = await fleet.submit(RunSubmitted(task="much", role="nobody", max_parallel=1000))
    await fleet.wait_for(large, RunPlanned)
    begun, submitted = itertools.count(1), asyncio.get_running_loop().create_future()

    async def hand_in_a_small_one_in_the_middle(_: StepContext) -> Outcome:
        if next(begun) == 3 * share:
            submitted.set_result(await fleet.submit(NOOP))
        return Done()

    # More steps than a plan that is handed in may have, so the test writes it in the orchestrator's place.
    steps = tuple(StepSpec(id=f"s{n}", role="noop", goal="", accept=Acceptance(check="none")) for n in range(1000))
    orchestrator, noop = await fleet.connect("orchestrator"), await fleet.connect("noop")
    worker = StepWorker(noop, fleet.settings, "noop", hand_in_a_small_one_in_the_middle)
    await worker.start()
    async with serving(noop, "noop", worker.handle):
        await append(orchestrator, large.run_event("planned"), RunPlanned(revision=2, steps=steps, reason="a test"))
        await append(fleet.client, large.ask("resume"), ResumeAsked())
        small: Log = await asyncio.wait_for(submitted, WITHIN_S)
        assert (await fleet.finished(small)).status == "succeeded"
        await append(fleet.client, large.ask("cancel"), CancelAsked())
        await fleet.finished(large)

    first, *_, last = [event.seq for event in await fleet.recorded(small)]
    done = [event.seq for event in await fleet.recorded(large) if isinstance(event.event, StepDone)]
    overtaken = sum(first < seq < last for seq in done)
    # Once behind what is queued, once behind what that made ready before our own step was, once at the end.
    assert overtaken <= 4 * share, overtaken
    assert sum(seq < last for seq in done) < 1000, "there was more to do"


async def submit_all(nc: Client) -> set[str]:
    runs = {new_id() for _ in range(RUNS)}
    room = asyncio.Semaphore(AT_ONCE)

    async def submit(run: str) -> None:
        async with room:
            await append(nc, Log(run).run_event("submitted"), NOOP, expected=0)

    await asyncio.gather(*map(submit, runs))
    return runs


@asynccontextmanager
async def finishes(nc: Client) -> AsyncIterator[Callable[[set[str]], Any]]:
    """Something to wait with for the ends of runs, each of them a success."""
    ended: dict[str, bytes] = {}
    more = asyncio.Event()

    async def on_finished(msg: Msg) -> None:
        ended[msg.subject.split(".")[2]] = msg.data
        more.set()

    subscription = await nc.subscribe("log.*.*.run.finished", cb=on_finished)

    async def wait(runs: set[str]) -> None:
        while not runs <= ended.keys():
            more.clear()
            await more.wait()
        assert all(b'"succeeded"' in ended[run] for run in runs)

    yield wait
    await subscription.unsubscribe()


@asynccontextmanager
async def watched_memory(fleet: RunningFleet) -> AsyncIterator[dict[str, int]]:
    """By how many MB each process has grown at most, once it is over."""
    record = read_record(fleet.settings.data)
    assert record
    pids = {name: pid for name, (pid, _) in record.processes.items()}
    first = {name: resident(pid) for name, pid in pids.items()}
    most = dict(first)
    grown: dict[str, int] = {}

    async def watch() -> None:
        while True:
            for name, pid in pids.items():
                most[name] = max(most[name], resident(pid))
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    yield grown
    watching.cancel()
    grown |= {name: (most[name] - first[name]) // MB for name in pids}
    now = read_record(fleet.settings.data)
    assert now
    assert now.processes == record.processes, "none was started again"


def resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        return 0  # it has ended, which is said in the end


async def latencies(fleet: RunningFleet, count: int) -> list[float]:
    """Milliseconds from submission to end of single runs, in order."""
    found = []
    async with finishes(fleet.client) as ended:
        for _ in range(count):
            begun = time.monotonic()
            log = await fleet.submit(NOOP)
            await ended({log.run})
            found.append((time.monotonic() - begun) * 1e3)
    return sorted(found)
