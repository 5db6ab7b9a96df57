"""From an event's being stored to its being painted, in a real browser: in the event log of a run, and as a turn in the
conversation of its step.

Begin is the broker's stamp on the event. End is the frame after the one in which its row came to be, once that is
painted, so the figure is rather a frame too long than too short. Rows that were not in view do not count as painted.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from datetime import datetime

from browser import opened
from browser_place import Place, place
from browser_work import begun, one_turn, step
from figure import Figure
from nats.aio.client import Client

from mycoderai.broker.log import append, read_events
from mycoderai.schemas.events import ResumeAsked, StepTurn
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

PACES = (("at rest", 0.2, 110), ("20 events/s", 0.05, 220))
"""Name, seconds between events about, turns; a turn is two events."""
FIRST = 41
"""The turn that is written first while the page is open."""
VIEWS = (("event log", "?view=log", ".log-rows .event-line time"), ("conversation", "", ".talk-rows article.turn"))
KEYS = {"event log": "datetime", "conversation": "aria-label"}
P50_MS, P95_MS = 60, 150
SEEN = 0.98
WITHIN_S = 20.0


def measure() -> Iterator[Figure]:
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    figures = []
    async with place("power") as here:
        for view, query, selector in VIEWS:
            for pace, apart_s, turns in PACES:
                late = await _lateness(here, view, query, selector, apart_s, turns)
                name = f"event stored to painted, {view}, {pace}"
                figures += [
                    Figure(name=name, unit="ms", samples=late, reach=P50_MS, durability="power"),
                    Figure(
                        name=f"{name}: p95",
                        unit="ms",
                        samples=[Figure(name="", unit="", samples=late).percentile(95)],
                        reach=P95_MS,
                        durability="power",
                    ),
                ]
    return figures


async def _lateness(here: Place, view: str, query: str, selector: str, apart_s: float, turns: int) -> list[float]:
    log = Log(new_id())
    for subject, event in (*begun(log, 3), *step(log, 0, turns=FIRST - 1, attempts=1, done=False)):
        await append(here.nc, subject, event)
    async with opened(here.browser, f"{here.url}/runs/{log.run}{query}") as page:
        await page.wait_for_selector(selector)
        await page.wait_for_load_state("networkidle")
        await page.evaluate("document.querySelector('.rows').scrollIntoView({ block: 'end' })")
        await page.evaluate("([selector, key]) => probe.arrivals(selector, key)", [selector, KEYS[view]])
        before = await append(here.nc, log.ask("resume"), ResumeAsked(by="ada"))
        await _write(here.nc, log, apart_s, turns)
        stored = await _stored(here.nc, log, before, view)
        painted: Mapping[str, float] = {}
        async with asyncio.timeout(WITHIN_S):
            while len(stored.keys() & painted) < SEEN * len(stored):
                await asyncio.sleep(0.2)  # rarely: looking costs the page time
                painted = await page.evaluate("probe.arrived()")
    return [painted[key] - at for key, at in stored.items() if key in painted]


async def _write(nc: Client, log: Log, apart_s: float, turns: int) -> None:
    """At moments that have nothing to do with the browser's frames."""
    due = time.monotonic()
    for turn in range(FIRST, FIRST + turns):
        for subject, event in one_turn(log, "part-0", 1, turn):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await append(nc, subject, event)
            due += apart_s * random.uniform(0.5, 1.5)  # noqa: S311 - no secret


async def _stored(nc: Client, log: Log, after: int, view: str) -> dict[str, float]:
    """When, in milliseconds of the host's clock, by what the page's rows say of the events."""
    stored = {}
    for recorded in await read_events(nc, log.stream, log.all, after):
        at = datetime.fromisoformat(recorded.time).timestamp() * 1000
        if view == "event log":
            stored[recorded.time] = at
        elif isinstance(recorded.event, StepTurn):
            stored[f"Turn {recorded.event.turn}"] = at
    return stored
