"""The page in a real browser, on a real fleet: what a person sees, without ever reloading."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cli_support import FAULTY, Mycoder, repository
from tests.e2e.web_support import Tab, enter, fits, never_reloaded

TASK = "make the failing tests pass"
UNTESTED = {"shop.py": "price = 1\n"}
pytestmark = pytest.mark.timeout(300)


def test_a_run_is_watched_from_nothing_to_its_end(
    mycoder: Mycoder, fleet: dict[str, Any], tab: Tab, tmp_path: Path
) -> None:
    page, repo = tab.page, repository(tmp_path / "shop", FAULTY)
    enter(page, fleet)
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(page.get_by_role("button", name=f'Copy: mycoder run "{TASK}" --repo PATH')).to_be_visible()

    said = mycoder("run", TASK, "--repo", repo, "--detach", "--json")
    assert said.code == 0, said.err
    run = said.objects[-1]["run"]
    page.get_by_role("link", name=TASK).first.click()
    expect(page.get_by_role("heading", name=TASK)).to_be_visible()
    assert f"/runs/{run}" in page.url

    expect(page.get_by_role("status", name="Status of the run")).to_contain_text("Succeeded")
    expect(page.get_by_role("button", name=f"Copy: mycoder pull {run}")).to_be_visible()
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
    record = json.loads((mycoder.data / "fleet.json").read_text())
    os.kill(record["processes"]["gateway"][0], signal.SIGKILL)
    connection = page.get_by_role("status", name="Connection")
    expect(connection).to_contain_text(re.compile("reconnecting", re.IGNORECASE))
    expect(connection).to_contain_text("Live")
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
    page.get_by_role("link", name=TASK).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TASK)).to_be_visible()
    expect(page.get_by_role("region", name="What happened")).to_be_visible()
    assert fits(page)
    page.go_back()
    expect(page.get_by_role("list", name="Runs")).to_be_visible()
