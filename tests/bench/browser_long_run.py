"""A run of 100,000 events in a real browser: how soon its views are painted when the page is opened at them by a
browser that has nothing of it, and how long frames take while somebody scrolls, with the wheel and in far jumps.

The run is at work: its last step is unfinished. Frames are counted in the page, by requestAnimationFrame, and beside
them those of a page at rest, which tell what the machine did meanwhile.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from browser import first_painted, opened
from browser_place import Place, place
from browser_work import begun, step
from figure import Figure
from nats.aio.client import Client
from playwright.async_api import Page

from mycoderai.schemas.events import encode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

EVENTS = 100_000
STEPS, ATTEMPTS = 10, 3
TURNS = EVENTS // 2 // STEPS
"""Of each step; every turn is two events."""
PASSES, SCROLLS = 5, 3
FIRST_PAINT_MS, FRAME_MS = 1000, 50
VIEWS = {
    "the run with its plan": ("", ".run-step-list .run-step"),
    "its graph": ("", ".react-flow__node"),
    "the conversation of its step": ("", ".talk-rows article.turn"),
    "its event log": ("?view=log", ".log-rows .event-line"),
    "its timeline": ("?view=timeline", ".time-row canvas"),
}
WHEEL_PX, WHEEL_S, SCROLL_S = 240, 1 / 60, 2.0
JUMPS = 12
FILL = 500
READ_BY_ITSELF = "() => !document.querySelector('.time-bar')?.textContent.includes('Reading')"


def measure() -> Iterator[Figure]:
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with place("process") as here:
        log = Log(new_id())
        await _fill(here.nc, log)
        run = f"{here.url}/runs/{log.run}"
        await _applied(here, run)
        return [*await _paints(here, run), *await _scrolls(here, run)]


async def _fill(nc: Client, log: Log) -> None:
    events = [*begun(log, STEPS)]
    for number in range(STEPS):
        events += step(log, number, TURNS, ATTEMPTS, done=number < STEPS - 1)
    for first in range(0, len(events), FILL):
        *most, (subject, event) = events[first : first + FILL]
        for other, one in most:
            await nc.publish(other, encode(one))
        await nc.request(subject, encode(event), timeout=60)


async def _applied(here: Place, run: str) -> None:
    """Nothing tells when memory has it all. The gateway has looked at as many events once it has shown the run."""
    page = await here.browser.new_page()
    await page.goto(run)
    await page.wait_for_function(
        "async ([path, turns]) => (await (await fetch(path)).json()).run?.turns >= turns",
        arg=[run.replace("/runs/", "/api/v1/runs/"), TURNS * STEPS],
        polling=500,
        timeout=120_000,
    )
    await page.wait_for_selector(VIEWS["the run with its plan"][1], timeout=120_000)
    await page.close()


async def _paints(here: Place, run: str) -> list[Figure]:
    figures = []
    for view, (query, selector) in VIEWS.items():
        took = []
        for _ in range(PASSES):
            async with opened(here.browser, run + query, [selector]) as page:
                took.append(await first_painted(page, selector))
        name = f"run of {EVENTS:,} events: {view} painted"
        figures.append(Figure(name=name, unit="ms", samples=took, reach=FIRST_PAINT_MS))
    return figures


async def _scrolls(here: Place, run: str) -> list[Figure]:
    figures = []
    for view, (query, rows, scroll) in SCROLLED.items():
        passes = [await _frames(here, run + query, rows, scroll) for _ in range(SCROLLS)]
        name = f"run of {EVENTS:,} events: {view} scrolled"
        frames = [gap for found in passes for gap in found["gaps"]]
        longest = [round(max(found["gaps"])) for found in passes]
        tasks = [max(found["tasks"], default=0.0) for found in passes]
        figures += [
            Figure(name=f"{name}, frames", unit="ms", samples=frames),
            Figure(name=f"{name}, longest frame", unit="ms", samples=longest, reach=FRAME_MS),
            Figure(name=f"{name}, longest task", unit="ms", samples=tasks),
        ]
    return figures


async def _frames(here: Place, url: str, rows: str, scroll: Any) -> dict[str, list[float]]:
    async with opened(here.browser, url) as page:
        await page.wait_for_selector(rows)
        await page.wait_for_load_state("networkidle")
        await page.locator(rows).first.hover()
        await page.evaluate("probe.watchFrames()")
        await scroll(page)
        found: dict[str, list[float]] = await page.evaluate("probe.frames()")
        return found


async def _wheel(page: Page, pixels: int, seconds: float = SCROLL_S) -> None:
    for _ in range(int(seconds / WHEEL_S)):
        await page.mouse.wheel(0, pixels)
        await asyncio.sleep(WHEEL_S)


async def _up_and_down(page: Page) -> None:
    """Back through the log, which is read as it is needed; then down; then to its beginning and its end."""
    await _wheel(page, -WHEEL_PX)
    await _wheel(page, WHEEL_PX, SCROLL_S / 2)
    await page.get_by_role("button", name="To the beginning").click()
    await asyncio.sleep(0.5)
    await _wheel(page, WHEEL_PX, SCROLL_S / 2)
    await page.get_by_role("button", name="To the end").click()
    await asyncio.sleep(0.5)
    await _wheel(page, -WHEEL_PX, SCROLL_S / 2)
    await page.evaluate(JUMP, [".rows", JUMPS])


async def _through_time(page: Page) -> None:
    """While the log is read for the bars, and then with the bars spread out."""
    await page.wait_for_function(READ_BY_ITSELF)
    for _ in range(6):
        await page.keyboard.press("+")
        await asyncio.sleep(0.2)
    await page.evaluate(JUMP, [".time-scroll", JUMPS])


async def _nothing(page: Page) -> None:
    await page.mouse.wheel(0, WHEEL_PX)
    await asyncio.sleep(SCROLL_S)


JUMP = """async ([selector, jumps]) => {
  const element = document.querySelector(selector);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  for (let at = 0; at < jumps; at += 1) {
    const part = ((at * 7) % jumps) / jumps;
    element.scrollTo(element.scrollWidth * part, element.scrollHeight * part);
    for (let frames = 0; frames < 10; frames += 1) await frame();
  }
}"""
SCROLLED: dict[str, tuple[str, str, Any]] = {
    "its event log": ("?view=log", ".log-rows .event-line", _up_and_down),
    "the conversation of its step": ("", ".talk-rows article.turn", _up_and_down),
    "its timeline": ("?view=timeline", ".time-row canvas", _through_time),
    "nothing of it": ("", "h1", _nothing),
}
