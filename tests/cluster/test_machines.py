"""A fleet on separate machines: no shared disk, a broker of three nodes, partitions and machines that die."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from cluster_support import NODES, Cluster, leader_of, listening
from machines import Machines
from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file, put_file
from mycoderai.broker.branch import fetch_branch
from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN, CLIENT
from mycoderai.broker.log import append, follow, read_events
from mycoderai.broker.repository import pack
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import RunFinished, RunSubmitted, StepTurn
from mycoderai.schemas.execution import Repository
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

pytestmark = pytest.mark.slow
CORPUS = Path(__file__).parents[1] / "corpus"
PARTITION_S = 15
NOOP = RunSubmitted(task="nothing", model="offline/repair", role="noop")


@asynccontextmanager
async def broker_of_three(machines: Machines) -> AsyncIterator[tuple[Cluster, Client]]:
    """Three nodes, each on its own machine, whose streams are seen to from here."""
    nodes = machines.nodes(NODES)
    here = machines.folder / "broker"
    here.mkdir()
    settings = Settings(data_dir=str(here / "data"), durability="process")
    servers = Cluster(settings, nodes, here, {node.name: machines.enter(node.name) for node in nodes})
    try:
        for name in NODES:
            servers.start(name)
        await listening(nodes)
        async with Fleet(servers.settings, ()):
            nc = await connect(servers.settings, ADMIN)
            try:
                yield servers, nc
            finally:
                await nc.close()
    finally:
        servers.stop()


async def run_to_end(nc: Client, submission: RunSubmitted) -> tuple[Log, float]:
    log, started = Log(new_id()), time.monotonic()
    await append(nc, log.run_event("submitted"), submission, expected=0)
    await wait_for(nc, log, RunFinished)
    return log, time.monotonic() - started


async def wait_for(nc: Client, log: Log, kind: type) -> object:
    async with aclosing(follow(nc, log.shard, log.all)) as events:
        async for raw in events:
            event = raw.parse().event
            if isinstance(event, kind):
                return event
    raise AssertionError("the log ended")


def corpus(name: str) -> dict[str, str]:
    root = CORPUS / name
    files = (path for path in root.rglob("*.py") if "heldout" not in path.parts)
    return {str(path.relative_to(root)): path.read_text() for path in files}


async def submit(nc: Client, repo: Path, folder: Path) -> Log:
    packed = await pack(repo, dirty=False, out=folder / "packed")
    artifact = await put_file(nc, packed.file)
    repository = Repository(artifact=artifact, commit=packed.commit, base_commit=packed.base_commit or "")
    log = Log(new_id())
    submission = RunSubmitted(task="make the failing tests pass", repository=repository)
    await append(nc, log.run_event("submitted"), submission, expected=0)
    return log


async def test_a_repair_succeeds_across_machines_and_survives_the_loss_of_its_executor(
    machines: Machines, make_repo: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    async with broker_of_three(machines) as (servers, _):
        settings = servers.settings
        machines.worker(settings, "orchestrator")
        machines.worker(settings, "coder", "tester", "reviewer", "planner", "resolver", name="agents")
        machines.worker(settings, "model")
        machines.worker(settings, "memory")
        machines.worker(settings, "executor", name="exec1")
        nc = await connect(settings, CLIENT)
        repo = make_repo(corpus("limiter_two_modules"))
        log = await submit(nc, repo, tmp_path)
        await wait_for(nc, log, StepTurn)
        machines.kill("exec1")
        machines.worker(settings, "executor", name="exec2")

        finished = await wait_for(nc, log, RunFinished)
        assert isinstance(finished, RunFinished)
        assert finished.status == "succeeded", finished.failure
        assert finished.result
        assert finished.result.bundle
        assert finished.evidence
        assert finished.evidence.tests.not_green == 0
        bundle = tmp_path / "result.bundle"
        await get_file(nc, finished.result.bundle, bundle)
        await fetch_branch(repo, bundle, "result", finished.result.commit)
        assert any((machines.home("exec2") / "data").rglob("*")), "the workspace was made anew there"
        await nc.close()


async def test_a_partition_of_the_leader_loses_nothing_and_doubles_nothing(machines: Machines) -> None:
    async with broker_of_three(machines) as (servers, nc), asyncio.TaskGroup() as runs:
        machines.worker(servers.settings, "orchestrator")
        machines.worker(servers.settings, "noop", name="noop1")
        machines.worker(servers.settings, "noop", name="noop2")
        await run_to_end(nc, NOOP)
        started = []

        async def load(seconds: float) -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                started.append(runs.create_task(run_to_end(nc, NOOP)))
                await asyncio.sleep(0.1)

        await load(2)
        leader = await leader_of(nc, "EVENTS")
        machines.unplug(leader)
        await load(PARTITION_S)
        machines.plug(leader)
        await load(3)
        results = await asyncio.gather(*started)
        for log, _ in results:
            events = Counter(type(recorded.event).__name__ for recorded in await read_events(nc, log.stream, log.all))
            assert (events["StepDone"], events["RunFinished"]) == (1, 1)
        slowest = max(seconds for _, seconds in results)
        print(f"{len(results)} runs, the slowest took {slowest:.1f} s, with {leader} cut off for {PARTITION_S} s")
        assert slowest < PARTITION_S + 30


async def test_a_worker_that_was_cut_off_goes_on_by_itself_when_the_link_is_back(machines: Machines) -> None:
    async with broker_of_three(machines) as (servers, nc):
        machines.worker(servers.settings, "orchestrator")
        machines.worker(servers.settings, "noop", name="noop1")
        await run_to_end(nc, NOOP)
        machines.unplug("noop1")
        waiting = asyncio.create_task(run_to_end(nc, NOOP))
        await asyncio.sleep(PARTITION_S)
        assert not waiting.done()
        machines.plug("noop1")
        _, seconds = await waiting
        print(f"done {seconds - PARTITION_S:.1f} s after the link was back")
        assert seconds < PARTITION_S + 25
