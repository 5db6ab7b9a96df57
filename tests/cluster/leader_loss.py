"""How long work stands still when a broker of three nodes loses its leader: `python tests/cluster/leader_loss.py`.

Each time on a new cluster on loopback, with a supervisor and workers beside it, the node is killed (SIGKILL) that leads
the log. Runs of one step that does nothing are submitted four times a second; one line tells when the first run
submitted since the kill was stored, and when one had ended.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from cluster_support import Cluster, cluster, leader_of
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

NOOP = RunSubmitted(task="nothing", role="noop")
EVERY_S = 0.25
WARM_UP = 5
GIVE_UP_S = 40.0


class Runs:
    """When runs were stored and when they had ended."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self.stored: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        async def on_finished(msg: Msg) -> None:
            self.ended[msg.subject.split(".")[2]] = time.monotonic()
            self._changed.set()

        await self._nc.subscribe("log.*.*.run.finished", cb=on_finished)
        await self._nc.flush()

    async def submit(self) -> str:
        log = Log(new_id())
        await append(self._nc, log.run_event("submitted"), NOOP, expected=0)
        self.stored[log.run] = time.monotonic()
        return log.run

    async def one_of(self, since: float) -> None:
        """Return when a run has ended that was stored since then."""
        while not any(self.stored.get(run, 0) > since for run in self.ended):
            self._changed.clear()
            await self._changed.wait()


async def loss(servers: Cluster) -> tuple[str, float, float]:
    """What the killed node led, and seconds until runs were stored and ended again."""
    async with Fleet(servers.settings, ("orchestrator", "noop")) as fleet:
        nc = await connect(fleet.settings, ADMIN)
        runs = Runs(nc)
        await runs.listen()
        for _ in range(WARM_UP):
            await runs.submit()
        await runs.one_of(0)
        log, queue = await leader_of(nc, "EVENTS"), await leader_of(nc, "COMMANDS")
        servers.kill(log)
        killed = time.monotonic()
        load = asyncio.create_task(_submit(runs))
        async with asyncio.timeout(GIVE_UP_S):
            await runs.one_of(killed)
        await end([load])
        stored = min(moment for moment in runs.stored.values() if moment > killed)
        ended = min(moment for run, moment in runs.ended.items() if runs.stored[run] > killed)
        await nc.close()
    return "log and queue" if log == queue else "log", stored - killed, ended - killed


async def _submit(runs: Runs) -> None:
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(runs.submit())
            await asyncio.sleep(EVERY_S)


async def main(count: int) -> None:
    times = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            async with cluster(Path(folder)) as servers:
                led, stored_s, ended_s = await loss(servers)
        print(
            f"leader of the {led}: stored again after {stored_s:.1f} s, ended again after {ended_s:.1f} s", flush=True
        )
        times.append(ended_s)
    print(f"ended again: median {statistics.median(times):.1f} s, slowest {max(times):.1f} s of {count}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Kill the leader of a three-node broker, again and again.")
    parser.add_argument("--kills", type=int, default=10)
    asyncio.run(main(parser.parse_args().kills))
