"""`kill -9` of the gateway under `mycoder up` while a run goes on: how long until a browser that was watching has
everything again. The client waits between its tries as the page does: 0.3 s at first, then twice as long, up to 0.8 s.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import socketio
from figure import Figure
from harness import fleet_processes, running_fleet, scratch
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import CLIENT
from mycoderai.broker.log import append
from mycoderai.gateway.fleet_data import find_running
from mycoderai.gateway.fleet_keeper import HEALTHY_AFTER_S
from mycoderai.schemas.events import CancelAsked, RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

TIMES = 5
EVERY_S = 0.05
WITHIN_S = 30.0


def measure() -> Iterator[Figure]:
    with scratch() as data, running_fleet(data):
        samples = asyncio.run(_samples(data))
    yield Figure(name="kill -9 of the gateway to caught up", unit="s", samples=samples, reach=3)


async def _samples(data: Path) -> list[float]:
    settings = Settings(data_dir=str(data))
    running = find_running(settings)
    assert running
    nc = await connect(Settings(data_dir=str(data), nats_url=running.url), CLIENT)
    try:
        return [await _caught_up(nc, data) for _ in range(TIMES)]
    finally:
        await nc.close()


async def _caught_up(nc: Client, data: Path) -> float:
    log = Log(new_id())
    begin = await append(nc, log.run_event("submitted"), RunSubmitted(task="be watched", role="nobody"), expected=0)
    watcher = Watcher((data / "gateway.url").read_text().strip(), log.run, begin)
    appending = asyncio.create_task(_append_on(nc, log))
    async with asyncio.timeout(WITHIN_S), watcher.watching():
        await asyncio.sleep(HEALTHY_AFTER_S)  # one that has just been started again waits longer each time
        os.kill(fleet_processes(data)["gateway"], signal.SIGKILL)
        killed = time.monotonic()
        await watcher.lost.wait()
        await watcher.back.wait()
        await watcher.reach(await _last(nc, log))
        took = time.monotonic() - killed
        appending.cancel()
        return took


async def _append_on(nc: Client, log: Log) -> None:
    while True:
        await append(nc, log.ask("cancel"), CancelAsked(by="ada"))
        await asyncio.sleep(EVERY_S)


async def _last(nc: Client, log: Log) -> int:
    return await append(nc, log.ask("cancel"), CancelAsked(by="ada", reason="the last one before it was back"))


class Watcher:
    """A browser, as far as it matters here."""

    def __init__(self, url: str, run: str, cursor: int) -> None:
        self._url = url
        self._run = run
        self.cursor = cursor
        self.lost = asyncio.Event()
        self.back = asyncio.Event()
        self._moved = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def watching(self) -> Any:
        client = socketio.AsyncClient(reconnection_delay=0.3, reconnection_delay_max=0.8, randomization_factor=0.5)

        async def connected() -> None:
            await client.emit("subscribe", {"run": self._run, "after_seq": self.cursor})
            if self.lost.is_set():
                self.back.set()

        client.on("connect", connected)
        client.on("disconnect", self._disconnected)
        client.on("event", self._take)
        await client.connect(self._url, transports=["websocket"])
        try:
            yield
        finally:
            await client.disconnect()

    async def reach(self, seq: int) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self.cursor >= seq)

    async def _disconnected(self, *reason: object) -> None:
        self.lost.set()

    async def _take(self, event: dict[str, Any]) -> None:
        async with self._moved:
            self.cursor = event["seq"]
            self._moved.notify_all()
