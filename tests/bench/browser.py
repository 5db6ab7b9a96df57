"""A real browser for the figures of the page: Debian's Chromium with a probe in every page.

On a machine that others use too, the browser's processes go before theirs where that is allowed: what is measured is
the page, not who else wanted the processor.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

PROBE = Path(__file__).with_name("browser_probe.js").read_text()
VIEWPORT: Any = {"width": 1400, "height": 900}
WITHIN_MS = 30_000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
FIRST = ("chrt", "-f", "10")


@contextlib.asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """folder: for what is made along the way."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_program(folder), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


def _program(folder: Path) -> str:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not shutil.which(FIRST[0]) or subprocess.run([*FIRST, "true"], capture_output=True, check=False).returncode:
        return chromium
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(FIRST)} {chromium} "$@"\n')
    program.chmod(0o700)
    return str(program)


@contextlib.asynccontextmanager
async def opened(
    browser: Browser, url: str, first: Sequence[str] = (), *, complaints: bool = True
) -> AsyncIterator[Page]:
    """A page in a browser that has nothing of it yet; `first`: what to note the first painting of. What it complains
    about is raised, unless a lost connection is part of what is measured."""
    context = await browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    context.set_default_timeout(WITHIN_MS)
    await context.add_init_script(f"{PROBE}; probe.first({list(first)!r});")
    page = await context.new_page()
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    try:
        await page.goto(url, wait_until="commit")
        yield page
    finally:
        await context.close()
    if heard and complaints:
        raise RuntimeError(f"the page complains: {heard[:3]}")


async def first_painted(page: Page, selector: str) -> float:
    """Milliseconds from the beginning of the navigation."""
    found = await page.wait_for_function("selector => probe.firsts()[selector]", arg=selector)
    return float(await found.json_value())
