"""Debian's Chromium, driven by Playwright, and the few things every journey does."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
NOT_ALLOWED = 3
"""infra/setup-browser.sh: something is missing and only root could install it."""
WITHIN_MS = 60_000
"""Long, as a loaded host takes its time; who waits for what will be so waits no longer for it."""
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}
expect.set_options(timeout=WITHIN_MS)


def set_up() -> None:
    """Skips the test where this host has no browser and nobody may install one."""
    done = subprocess.run(["sh", ROOT / "infra" / "setup-browser.sh"], capture_output=True, text=True, timeout=600)
    if done.returncode == NOT_ALLOWED:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page, and what the browser complained about while it was open."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Tab]:
    """A tab in a context of its own: cookies and stored settings are nobody else's."""
    context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce"} | options)
    context.set_default_timeout(WITHIN_MS)
    try:
        yield Tab(context)
    finally:
        context.close()


def enter(page: Page, fleet: dict[str, Any], path: str = "/") -> None:
    """Open the page as the fleet printed it, and go to one of its places."""
    page.goto(fleet["page"])
    live(page)
    if path != "/":
        page.goto(home(fleet) + path)
        live(page)
    page.evaluate("window.neverReloaded = true")


def live(page: Page) -> None:
    expect(page.get_by_role("status", name="Connection")).to_contain_text("Live")


def home(fleet: dict[str, Any]) -> str:
    return str(fleet["page"]).partition("?")[0].rstrip("/")


def settled(page: Page, sign: str) -> None:
    """Live, with what the screen is there for on it, and nothing left to load."""
    live(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(sign)
    expect(page.locator(".skeleton")).to_have_count(0)


def never_reloaded(page: Page) -> bool:
    return page.evaluate("window.neverReloaded === true") is True


def fits(page: Page) -> bool:
    """Nothing sticks out to the right."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True


def squeezed(page: Page) -> list[str]:
    """The regions that had to be scrolled sideways to be read as a whole."""
    regions = page.get_by_role("region").all()
    return [
        str(one.get_attribute("aria-label")) for one in regions if one.evaluate("it => it.scrollWidth > it.clientWidth")
    ]


def violations(page: Page) -> list[str]:
    """What axe finds wrong with what is on the screen now (WCAG 2.2 A and AA, and its best practices)."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
