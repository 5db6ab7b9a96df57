"""The processes of the fleet: real workers, each on a simulated connection, that crash, stand still and come back."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, cast

from nats.aio.client import Client as NatsClient

from mycoderai.broker.consume import PullLoop
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import ORCHESTRATOR, stream_of
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.follow import Follower
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.steps import StepWorker
from mycoderai.workers.sweeper import Sweeper
from tests.sim.agent import Agent
from tests.sim.client import Client
from tests.sim.loop import Process, SimLoop
from tests.sim.memory import MemoryFile
from tests.sim.server import Server
from tests.sim.wire import Wire

RESTART_S = 1.0
Main = Callable[[NatsClient], Awaitable[None]]


class Node:
    """A place where a program runs. Each start is a process of its own with a connection of its own."""

    def __init__(self, name: str, loop: SimLoop, rng: random.Random, server: Server, main: Main) -> None:
        self.name = name
        self._loop = loop
        self._rng = rng
        self._server = server
        self._main = main
        self._starts = 0
        self._closed = False
        self.past: list[Process] = []
        self.start()

    def start(self) -> None:
        if self._closed:
            return
        self._starts += 1
        name = f"{self.name}-{self._starts}"
        self.process = Process(name)
        self.process.on_crash = self.crash
        self.wire = Wire(self._loop, self._rng, self._server.weather)
        self.client = Client(name, self._loop, self.process, self._server, self.wire)
        self.past.append(self.process)
        if self._server.down:
            self.wire.lose_all()
        self._loop.spawn(self.process, self._live(self.process, self.client))

    def crash(self) -> None:
        """As kill -9: its tasks never run again. What it had sent may be on its way."""
        if not self.process.stopped:
            self._server.trace("crash", self.process.name)
            self._die()
            self._loop.after(RESTART_S * (0.5 + self._rng.random()), self.start)

    def pause(self, seconds: float) -> None:
        """As SIGSTOP and SIGCONT."""
        process = self.process
        if not process.stopped:
            self._server.trace("pause", process.name, round(seconds, 3))
            process.stopped = True
            self._loop.after(seconds, lambda: self._resume(process))

    def close(self) -> None:
        """The history is over. What still ran, dead or alive, may run to its end; it reaches nobody."""
        self._closed = True
        self.client.cut()
        for process in self.past:
            process.crash_after = -1
            self._loop.wake(process)

    def _resume(self, process: Process) -> None:
        self._server.trace("resume", process.name)
        if process is self.process:
            self._loop.wake(process)

    def disconnect(self, seconds: float) -> None:
        """The connection breaks; the client makes a new one."""
        wire = self.wire
        self._server.trace("disconnect", self.process.name)
        wire.lose_all()
        self._server.forget(self.client)
        self._loop.after(seconds, lambda: None if self._server.down else wire.restore())

    def _die(self) -> None:
        self.process.stopped = True
        self.client.cut()
        self._server.forget(self.client)
        self._server.clients.pop(self.client.name, None)

    async def _live(self, process: Process, client: Client) -> None:
        """As the supervisor sees it: a program that ends is started again."""
        try:
            await self._main(cast(NatsClient, client))
        except Exception as err:  # noqa: BLE001 - whatever it is, the process has ended
            self._server.trace("ended", process.name, repr(err))
        if process is self.process:
            self._die()
            self._loop.after(RESTART_S, self.start)


def orchestrator(settings: Settings) -> Main:
    async def main(nc: NatsClient) -> None:
        worker = Orchestrator(nc, settings)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pull(nc, ORCHESTRATOR, 8, worker))
            group.create_task(Sweeper(nc, settings, worker).run())

    return main


def agents(settings: Settings, pools: tuple[str, ...], agent: Agent) -> Main:
    async def main(nc: NatsClient) -> None:
        async with asyncio.TaskGroup() as group:
            for pool in pools:
                group.create_task(_pull(nc, pool, 2, StepWorker(nc, settings, pool, agent)))

    return main


def memory(settings: Settings, file: MemoryFile) -> Main:
    async def main(nc: NatsClient) -> None:
        applied, letters = Applied(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for shard in range(settings.shards):
                follower = Follower(nc, f"log.{shard}.>", stream_of(shard), file, applied, letters)
                group.create_task(follower.run())

    return main


async def _pull(nc: NatsClient, pool: str, slots: int, worker: Any) -> None:
    await worker.start()
    await PullLoop(nc, pool, slots, worker.handle).run(asyncio.Event())
