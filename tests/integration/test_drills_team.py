"""Ends that the orchestrator decides on, each made to happen: the pools are served by callables of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
from fleet_support import RunningFleet

from mycoderai.broker.connect import connect
from mycoderai.broker.consume import PullLoop
from mycoderai.broker.log import append
from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import (
    CancelAsked,
    DenyAsked,
    Limits,
    RunPlanned,
    RunSubmitted,
    StepReady,
    StepSpec,
    StepStarted,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import TAXONOMY, Failure, FailureCode
from mycoderai.schemas.plan import Acceptance
from mycoderai.schemas.settings import load
from mycoderai.schemas.subjects import Log
from mycoderai.workers.handler import Done, Outcome, StepContext
from mycoderai.workers.steps import StepWorker

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOTHING = Acceptance(check="none")


async def carry_out(step: StepContext) -> Outcome:
    """What the workers of all pools do here: what the task and their role say."""
    match step.submission.task, step.spec.role:
        case "lie", _:
            return Done(result=Checkpoint(commit="c" * 40, tree="t" * 40), evidence="made-up")
        case "plan nonsense", "planner":
            return Done(plan=(StepSpec(id="a", role="nobody", goal="x"),))
        case "use docker", "planner":
            return Done(plan=(StepSpec(id="a", role="coder", goal="x", accept=NOTHING, requires=("docker",)),))
        case "be reviewed", "planner":
            return Done(plan=(StepSpec(id="look", role="reviewer", goal="x", accept=NOTHING),))
        case "be reviewed", "reviewer":
            return Done(verdict="changes", summary="I do not like it.")
        case "wait", _:
            await asyncio.Event().wait()
        case _, "planner":
            return Done(plan=(StepSpec(id="a", role="coder", goal="x", accept=NOTHING),))
    return Done()


@asynccontextmanager
async def serving(fleet: RunningFleet, pool: str) -> AsyncIterator[None]:
    nc = await connect(fleet.settings, pool)
    worker = StepWorker(nc, fleet.settings, pool, carry_out)
    await worker.start()
    ready = asyncio.Event()
    pulling = asyncio.create_task(PullLoop(nc, pool, 4, worker.handle).run(asyncio.Event(), ready.set))
    await ready.wait()
    try:
        yield
    finally:
        await end([pulling])
        await nc.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningFleet]:
    folder = tmp_path_factory.mktemp("team")
    settings, _ = load({"HOME": str(folder), "MYCODER_DATA_DIR": str(folder / "data")}, {"pools": ("lost",)}, folder)
    async with AsyncExitStack() as stack:
        started = await stack.enter_async_context(Fleet(settings, ("orchestrator",)))
        running = RunningFleet(started, await connect(started.settings, "client"), stack, folder)
        stack.push_async_callback(running.client.close)
        for pool in ("planner", "coder", "reviewer"):
            await stack.enter_async_context(serving(running, pool))
        yield running


async def how_it_ended(fleet: RunningFleet, log: Log) -> Failure:
    finished = await fleet.finished(log)
    assert finished.failure, finished
    assert finished.failure.message
    assert finished.failure.fix, TAXONOMY[finished.failure.code].advice
    return finished.failure


async def test_work_that_is_handed_over_without_proof(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="lie"))
    assert (await how_it_ended(fleet, log)).code is FailureCode.GATE_REFUSED


async def test_a_plan_that_cannot_be_carried_out(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="plan nonsense", role="planner"))
    failure = await how_it_ended(fleet, log)
    assert failure.code is FailureCode.BAD_PLAN
    assert "nobody" in failure.message


async def test_a_plan_that_requires_what_no_pool_has(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="use docker", role="planner"))
    failure = await how_it_ended(fleet, log)
    assert failure.code is FailureCode.NO_POOL
    assert "requires docker" in failure.message
    assert "coder, lost, noop" in failure.message, "the pools there are"
    assert "MYCODER_POOLS=coder-docker mycoder worker --role coder-docker" in failure.fix


async def test_a_review_that_is_never_satisfied(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="be reviewed", role="planner"))
    failure = await how_it_ended(fleet, log)
    assert failure.code is FailureCode.REVIEW_REJECTED
    assert "I do not like it." in failure.message


async def test_a_plan_that_a_person_denies(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="do it", role="planner", approve="plan"))
    await fleet.wait_for(log, RunPlanned, 2)
    await append(fleet.client, log.ask("deny"), DenyAsked(question="plan-2", by="ann"))
    failure = await how_it_ended(fleet, log)
    assert failure.code is FailureCode.DENIED
    assert "ann" in failure.message


async def test_a_run_that_somebody_cancels(fleet: RunningFleet) -> None:
    log = await fleet.submit(RunSubmitted(task="wait"))
    await fleet.wait_for(log, StepStarted)
    await append(fleet.client, log.ask("cancel"), CancelAsked(by="ann", reason="enough"))
    assert (await how_it_ended(fleet, log)).code is FailureCode.CANCELLED


async def test_a_step_whose_worker_is_lost_too_often(fleet: RunningFleet) -> None:
    """Workers that took the step and were never heard of again left an attempt each."""
    log = await fleet.submit(RunSubmitted(task="do it", role="lost", limits=Limits(attempts=2)))
    await fleet.wait_for(log, StepReady)
    lost = await fleet.connect("lost")
    for attempt in (1, 2):
        await append(lost, log.step_event("lost", "main", "started"), StepStarted(attempt=attempt, worker="gone"))
    async with serving(fleet, "lost"):
        assert (await how_it_ended(fleet, log)).code is FailureCode.ATTEMPTS_EXHAUSTED
