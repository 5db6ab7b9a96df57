"""The page in a real browser, on a real fleet: what a person sees, without ever reloading."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.cli_support import Mycoder, repository
from tests.e2e.web_support import Tab, enter, fits, live, never_reloaded

TASK = "make the failing tests pass"
REPAIRED_WITHIN_MS = 180_000
UNTESTED = {"shop.py": "price = 1\n"}
AWAIT_ITS_LOSS = """(connection) => {
    window.lost = new Promise((seen) => {
        const look = () => /reconnecting/i.test(connection.textContent) && seen(true);
        new MutationObserver(look).observe(connection, { childList: true, subtree: true, characterData: true });
    });
}"""
"""A gateway can be back before somebody who looks now and then has seen that it was gone."""


def test_a_newcomer_presses_the_demo_sees_a_bug_fixed_and_reviews_the_difference(
    fleet: dict[str, Any], tab: Tab
) -> None:
    page = tab.page
    enter(page, fleet)
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(page.get_by_role("button", name=f'Copy: mycoder run "{TASK}" --repo PATH')).to_be_visible()

    page.get_by_role("button", name="Run the demo").click()
    expect(page.get_by_role("article", name="Turn 1")).to_be_visible(timeout=REPAIRED_WITHIN_MS)
    expect(page.get_by_role("status", name="Status of the run")).to_contain_text(
        "Succeeded", timeout=REPAIRED_WITHIN_MS
    )
    expect(page.get_by_role("button", name=re.compile("Copy: mycoder pull"))).to_be_visible()
    page.get_by_role("link", name="Review the changes").click()
    expect(page.get_by_role("grid")).to_contain_text("if len(self.calls) >= self.limit:")
    assert never_reloaded(page), "all of it came over one connection"
    assert tab.complaints == []


def test_a_failure_is_told_in_plain_words(mycoder: Mycoder, fleet: dict[str, Any], page: Page, tmp_path: Path) -> None:
    enter(page, fleet)
    said = mycoder("run", TASK, "--repo", repository(tmp_path / "empty", UNTESTED), "--json")
    assert said.code == 1, said.err
    row = page.get_by_role("link", name=TASK)
    expect(row.first).to_contain_text("No tests were found")
    row.first.click()
    expect(page.get_by_role("status", name="Status of the run")).to_contain_text("Failed")
    expect(page.get_by_role("region", name="What happened")).to_contain_text(said.result["failure"]["message"])


def test_the_page_outlives_its_gateway(mycoder: Mycoder, fleet: dict[str, Any], page: Page, tmp_path: Path) -> None:
    enter(page, fleet)
    page.get_by_role("status", name="Connection").evaluate(AWAIT_ITS_LOSS)
    record = json.loads((mycoder.data / "fleet.json").read_text())
    os.kill(record["processes"]["gateway"][0], signal.SIGKILL)
    assert page.evaluate("window.lost")
    live(page)
    mycoder("run", TASK, "--repo", repository(tmp_path / "empty", UNTESTED), "--json")
    expect(page.get_by_role("link", name=TASK).first).to_contain_text("Failed")
    assert never_reloaded(page)


def test_keyboard_and_a_narrow_screen_are_enough(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, tmp_path: Path
) -> None:
    task = f"{TASK}: {'averylongword' * 20}"
    mycoder("run", task, "--repo", repository(tmp_path / "empty", UNTESTED), "--json")
    page.set_viewport_size({"width": 360, "height": 700})
    enter(page, fleet)
    expect(page.get_by_role("link", name=TASK).first).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name=TASK).first.press("Enter")
    expect(page.get_by_role("heading", name=TASK)).to_be_visible()
    expect(page.get_by_role("region", name="What happened")).to_be_visible()
    assert fits(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
