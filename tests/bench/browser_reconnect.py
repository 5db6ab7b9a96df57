"""`kill -9` of the gateway under `mycoder up` while a browser shows the log of a run that goes on: how long until it
has painted what was stored meanwhile and is level with the run again."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from browser import chromium, opened
from browser_work import begun, one_turn, step
from figure import Figure
from harness import fleet_processes, running_fleet, scratch
from nats.aio.client import Client
from playwright.async_api import Browser, Page

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.gateway.fleet_data import find_running
from mycoderai.gateway.fleet_keeper import HEALTHY_AFTER_S
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

TIMES = 5
EVERY_S = 0.05
LEVEL_MS = 300
"""An event that is painted this soon after it was stored did not have to wait for the gateway."""
TURNS = 40
ROW = ".log-rows .event-line time"


def measure() -> Iterator[Figure]:
    with scratch() as data, running_fleet(data):
        samples = asyncio.run(_samples(data))
    yield Figure(name="kill -9 of the gateway to caught up, in the browser", unit="s", samples=samples, reach=3)


async def _samples(data: Path) -> list[float]:
    running = find_running(Settings(data_dir=str(data)))
    assert running
    nc = await connect(Settings(data_dir=str(data), nats_url=running.url), ADMIN)
    try:
        async with chromium(data) as browser:
            return [await _caught_up(nc, browser, data) for _ in range(TIMES)]
    finally:
        await nc.close()


async def _caught_up(nc: Client, browser: Browser, data: Path) -> float:
    log = Log(new_id())
    for subject, event in (*begun(log, 3), *step(log, 0, TURNS, attempts=1, done=False)):
        await append(nc, subject, event)
    url = (data / "gateway.url").read_text().strip()
    async with opened(browser, f"{url}/runs/{log.run}?view=log", complaints=False) as page:
        await page.wait_for_selector(ROW)
        await page.evaluate("document.querySelector('.rows').scrollIntoView({ block: 'end' })")
        await page.evaluate("selector => probe.arrivals(selector, 'datetime')", ROW)
        going_on = asyncio.create_task(_go_on(nc, log))
        await asyncio.sleep(HEALTHY_AFTER_S)  # one that has just been started again waits longer each time
        os.kill(fleet_processes(data)["gateway"], signal.SIGKILL)
        killed = time.time() * 1000
        try:
            return (await _level(page, killed) - killed) / 1000
        finally:
            going_on.cancel()


async def _go_on(nc: Client, log: Log) -> None:
    turn = TURNS
    while True:
        turn += 1
        for subject, event in one_turn(log, "part-0", 1, turn):
            await append(nc, subject, event)
            await asyncio.sleep(EVERY_S)


async def _level(page: Page, killed: float) -> float:
    """When the first event stored after the kill was painted about as soon as it was stored."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(0.2)  # rarely: looking costs the page time
            painted: dict[str, float] = await page.evaluate("probe.arrived()")
            stored = {key: datetime.fromisoformat(key).timestamp() * 1000 for key in painted}
            level = [at for key, at in painted.items() if killed + LEVEL_MS < stored[key] > at - LEVEL_MS]
            if level:
                return min(level)
