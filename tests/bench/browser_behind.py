"""A page that is far behind its run: opened the moment 100,000 events were imported at once, while memory still applies
them; and with its network back after 50,000 events. Until it shows every turn, and how long frames take meanwhile."""

import asyncio
import time
from collections.abc import Iterator

from browser import first_painted, opened
from browser_long_run import EVENTS, FIRST_PAINT_MS, FRAME_MS, STEPS, TURNS, _fill
from browser_place import Place, place
from browser_work import begun, one_turn, step
from figure import Figure
from playwright.async_api import Page

from mycoderai.schemas.events import encode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

TIMES = 3
CAUGHT_UP_S = 3
SEEN, MISSED = 500, 25_000
"""Turns of two events each, before and while the network is away."""
STEP_LIST = ".run-step-list .run-step"
SHOWS = """turns => [...document.querySelectorAll('dt')].some(
  (name) => name.textContent === 'Turns' && Number(name.nextElementSibling.textContent) >= turns)"""


def measure() -> Iterator[Figure]:
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with place("process") as here:
        imported = [await _imported(here) for _ in range(TIMES)]
        away = [await _away(here) for _ in range(TIMES)]
    painted, caught_up, frames = zip(*imported, strict=True)
    back, frames_back = zip(*away, strict=True)
    name = f"run of {EVENTS:,} events, opened as they are imported"
    again = f"page {2 * MISSED:,} events behind, its network back"
    return [
        Figure(name=f"{name}: painted", unit="ms", samples=[*painted], reach=FIRST_PAINT_MS),
        Figure(name=f"{name}: caught up", unit="s", samples=[*caught_up], reach=CAUGHT_UP_S),
        Figure(name=f"{name}: longest frame", unit="ms", samples=[*frames], reach=FRAME_MS),
        Figure(name=f"{again}: caught up", unit="s", samples=[*back], reach=CAUGHT_UP_S),
        Figure(name=f"{again}: longest frame", unit="ms", samples=[*frames_back], reach=FRAME_MS),
    ]


async def _imported(here: Place) -> tuple[float, float, float]:
    """Milliseconds to the first painting; seconds until it is caught up; the longest frame in between."""
    log = Log(new_id())
    await _fill(here.nc, log)
    began = time.monotonic()
    async with opened(here.browser, f"{here.url}/runs/{log.run}", [STEP_LIST]) as page:
        painted = await first_painted(page, STEP_LIST)
        return painted, *await _caught_up(page, TURNS * STEPS, began)


async def _away(here: Place) -> tuple[float, float]:
    log = Log(new_id())
    for subject, event in (*begun(log, 1), *step(log, 0, SEEN, 1, done=False)):
        await here.nc.publish(subject, encode(event))
    await here.nc.flush()
    async with opened(here.browser, f"{here.url}/runs/{log.run}", complaints=False) as page:
        await page.wait_for_function(SHOWS, arg=SEEN)
        await page.context.set_offline(True)
        for turn in range(SEEN + 1, SEEN + MISSED + 1):
            for subject, event in one_turn(log, "part-0", 1, turn):
                await here.nc.publish(subject, encode(event))
        await here.nc.flush()
        await _applied(here, log)
        if await page.evaluate(SHOWS, SEEN + MISSED):
            raise RuntimeError("the page was not away")
        began = time.monotonic()
        await page.context.set_offline(False)
        return await _caught_up(page, SEEN + MISSED, began)


async def _applied(here: Place, log: Log) -> None:
    """Nothing tells when memory has it all."""
    async with opened(here.browser, f"{here.url}/runs/{log.run}") as page:
        await page.wait_for_function(SHOWS, arg=SEEN + MISSED)


async def _caught_up(page: Page, turns: int, began: float) -> tuple[float, float]:
    await page.evaluate("probe.watchFrames()")
    await page.wait_for_function(SHOWS, arg=turns, polling=20)
    took = time.monotonic() - began
    found = await page.evaluate("probe.frames()")
    return took, round(max(found["gaps"], default=0.0))
