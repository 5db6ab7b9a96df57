"""A three-node broker that loses a node under load. The long faults are in tests/cluster."""

import asyncio
from collections import Counter
from contextlib import aclosing
from pathlib import Path

from cluster_support import cluster, leader_of
from eventually import eventually
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append, follow, read_events
from mycoderai.broker.verify import drift
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.subjects import Log

NOOP = RunSubmitted(task="nothing", model="offline/repair", role="noop")
SHARDS = 2


async def run_once(nc: Client) -> Log:
    run = new_id()
    log = Log(run, shard_of(run, SHARDS))
    await append(nc, log.run_event("submitted"), NOOP, expected=0)
    async with aclosing(follow(nc, log.shard, log.all)) as events:
        async for raw in events:
            if raw.subject.endswith("run.finished"):
                return log
    raise AssertionError("the log ended")


async def test_runs_go_on_when_the_node_that_leads_their_log_is_killed(tmp_path: Path) -> None:
    async with (
        cluster(tmp_path, shards=SHARDS) as servers,
        Fleet(servers.settings, ("orchestrator", "noop")) as fleet,
        asyncio.TaskGroup() as runs,
    ):
        nc = await connect(fleet.settings, ADMIN)
        assert await drift(nc, fleet.settings) == []
        started = [runs.create_task(run_once(nc)) for _ in range(20)]
        await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
        servers.kill(await eventually(lambda: leader_of(nc, "EVENTS")))
        started += [runs.create_task(run_once(nc)) for _ in range(20)]
        for log in await asyncio.gather(*started):
            events = Counter(type(recorded.event).__name__ for recorded in await read_events(nc, log.stream, log.all))
            assert (events["StepDone"], events["RunFinished"]) == (1, 1)
        await nc.close()
