"""The page in a real browser, on a real fleet: what a person sees, without ever reloading."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_support import FAULTY, Mycoder, repository
from tests.e2e.web_support import Browser, browser, set_up

TASK = "make the failing tests pass"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    set_up()


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


@pytest.fixture
def fleet(mycoder: Mycoder) -> Iterator[dict[str, Any]]:
    with mycoder.up() as ready:
        yield ready


@pytest.fixture
def page() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def enter(page: Browser, fleet: dict[str, Any]) -> None:
    page.run(f"await page.goto({json.dumps(fleet['page'])})")
    page.sees("status", "Connection", "Live")
    page.run("await page.evaluate(() => { window.neverReloaded = true })")


def test_a_run_is_watched_from_nothing_to_its_end(
    mycoder: Mycoder, fleet: dict[str, Any], page: Browser, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    enter(page, fleet)
    assert "token" not in page.run("return page.url()"), "the token does not stay in the address"
    page.sees("heading", "No runs yet")
    page.sees("button", f'Copy: mycoder run "{TASK}" --repo PATH')

    said = mycoder("run", TASK, "--repo", repo, "--detach", "--json")
    assert said.code == 0, said.err
    run = said.objects[-1]["run"]
    page.sees("link", TASK)
    page.run(f"await page.getByRole('link', {{name: '{TASK}'}}).click()")
    page.sees("heading", TASK)
    assert page.run("return page.url()").endswith(f"/runs/{run}")

    page.sees("status", "Status of the run", "Succeeded")
    page.sees("heading", "Evidence")
    page.sees("button", f"Copy: mycoder pull {run}")
    page.run("await page.getByRole('list', {name: 'Turns of main'}).getByText('run_tests').first().click()")
    page.run("await page.getByLabel('Output of run_tests').first().getByText('failed').first().waitFor()")

    page.run("await page.setViewportSize({width: 360, height: 700})")
    page.run("await page.evaluate(() => document.querySelectorAll('details').forEach((it) => (it.open = true)))")
    assert page.run("return page.evaluate(() => document.documentElement.scrollWidth)") <= 360
    page.run("await page.setViewportSize({width: 1100, height: 800})")

    page.run("await page.getByRole('link', {name: 'All runs'}).click()")
    page.run("await page.getByRole('link', {name: /Succeeded.*Tests: 2 of 2 pass.*Cost: free/}).waitFor()")
    assert page.run("return page.evaluate(() => window.neverReloaded)"), "all of it came over one connection"
    assert page.run("return complaints") == []


def test_a_failure_is_told_in_plain_words(
    mycoder: Mycoder, fleet: dict[str, Any], page: Browser, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "empty", {"shop.py": "price = 1\n"})
    enter(page, fleet)
    said = mycoder("run", TASK, "--repo", repo, "--json")
    assert said.code == 1, said.err
    page.sees("link", TASK, "No tests were found")
    page.run(f"await page.getByRole('link', {{name: '{TASK}'}}).click()")
    page.sees("status", "Status of the run", "Failed")
    page.sees("region", "What happened", said.result["failure"]["message"])


def test_the_page_outlives_its_gateway(mycoder: Mycoder, fleet: dict[str, Any], page: Browser, tmp_path: Path) -> None:
    enter(page, fleet)
    record = json.loads((mycoder.data / "fleet.json").read_text())
    os.kill(record["processes"]["gateway"][0], signal.SIGKILL)
    page.sees("status", "Connection", "Reconnecting…")
    page.sees("status", "Connection", "Live")
    repo = repository(tmp_path / "empty", {"shop.py": "price = 1\n"})
    mycoder("run", TASK, "--repo", repo, "--json")
    page.sees("link", TASK, "Failed")
    assert page.run("return page.evaluate(() => window.neverReloaded)")


def test_without_the_token_the_page_says_what_helps(fleet: dict[str, Any], page: Browser) -> None:
    url = fleet["page"].partition("?")[0]
    assert page.run(f"return (await page.goto({json.dumps(url)})).status()") == 401
    page.run("await page.getByText('mycoder up').waitFor()")


def test_keyboard_and_a_narrow_screen_are_enough(
    mycoder: Mycoder, fleet: dict[str, Any], page: Browser, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "empty", {"shop.py": "price = 1\n"})
    mycoder("run", f"{TASK}: {'averylongword' * 20}", "--repo", repo, "--json")
    page.run("await page.setViewportSize({width: 360, height: 700})")
    enter(page, fleet)
    page.sees("link", TASK)
    assert page.run("return page.evaluate(() => document.documentElement.scrollWidth)") <= 360
    page.run("for (const _ of [1, 2]) await page.keyboard.press('Tab')")
    assert TASK in page.run("return page.evaluate(() => document.activeElement.textContent)")
    page.run("await page.keyboard.press('Enter')")
    page.sees("heading", TASK)
    page.sees("region", "What happened")
    assert page.run("return page.evaluate(() => document.documentElement.scrollWidth)") <= 360
    page.run("await page.goBack()")
    page.sees("list", "Runs")
