"""Every screen, in both themes and on a phone: nothing for axe to complain of, nothing too wide, no error said.

`MYCODER_SCREENSHOTS=FOLDER` keeps a picture of each; `make screenshots` writes those of docs/.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.cli_support import FAULTY, Mycoder, repository
from tests.e2e.scripts import FIX, QUESTION, SUBMIT, played
from tests.e2e.web_support import PHONE, enter, fits, home, opened, settled, violations

TASK = "make the failing tests pass"
MENDED = "return full - full * discount / 100"
KEPT = "Run the tests with pytest -q before handing in."
SCREENS = {
    "runs": ("/", "2 of 2 pass"),
    "inbox": ("/inbox", "Percent or fraction?"),
    "new": ("/new", "Empty: offline/repair"),
    "run": ("/runs/{done}", "Turn 5"),
    "run-timeline": ("/runs/{done}?view=timeline", "Fold idle time"),
    "run-log": ("/runs/{done}?view=log", "run.finished"),
    "run-waiting": ("/runs/{waits}", "Waits for a person: Percent or fraction?"),
    "review": ("/runs/{done}/review", MENDED),
    "files": ("/runs/{done}/files?path=cart.py", MENDED),
    "plan": ("/runs/{done}/plan", "Revision 1, 1 step"),
    "attempts": ("/runs/{done}/compare", MENDED),
    "compare": ("/compare?runs={done},{waits}", MENDED),
    "fleet": ("/fleet", "executor"),
    "dead": ("/dead", "No dead letters"),
    "memory": ("/memory", KEPT),
    "costs": ("/costs", "Together"),
    "dashboard": ("/dashboard", "100 % of 1 succeeded."),
    "settings": ("/settings", "MYCODER_DATA_DIR"),
    "settings-access": ("/settings?part=access", "Revoke"),
    "settings-audit": ("/settings?part=audit", "No command was given"),
    "settings-you": ("/settings?part=you", "A run needs me"),
}
"""Where each is, and what stands on it once it is there as a whole."""
PICTURED_DARK = ("run-waiting", "review", "dashboard", "fleet")
PICTURED_PHONE = ("runs", "inbox", "run-waiting", "review", "new")
"""Beside all of them in the light."""
FOLDER = os.environ.get("MYCODER_SCREENSHOTS", "")


@pytest.fixture(scope="module")
def mycoder(tmp_path_factory: pytest.TempPathFactory) -> Mycoder:
    return Mycoder(tmp_path_factory.mktemp("screens") / "home")


@pytest.fixture(scope="module")
def fleet(mycoder: Mycoder) -> Iterator[dict[str, Any]]:
    with mycoder.up() as ready:
        yield ready


@pytest.fixture(scope="module")
def runs(mycoder: Mycoder, fleet: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A run that succeeded and one that waits for an answer."""
    folder = tmp_path_factory.mktemp("shop")
    shop = repository(folder / "shop", FAULTY)
    done = mycoder("run", TASK, "--repo", shop, "--json").result
    assert done["status"] == "succeeded"
    model = played(folder, [QUESTION], [FIX], [SUBMIT])
    waits = mycoder("run", TASK, "--repo", shop, "--model", model, "--json").result
    assert waits["waits"]
    item = ("memory", "put", "conventions/tests", KEPT)
    assert mycoder(*item, "--scope", "global").code == 0
    return {"done": done["run"], "waits": waits["run"]}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_accessible(
    fleet: dict[str, Any], runs: dict[str, str], browser: Browser, theme: Literal["light", "dark"]
) -> None:
    found: list[str] = []
    with opened(browser, color_scheme=theme) as tab:
        for name in visited(tab.page, fleet, runs):
            found += [f"{name}: {one}" for one in [*violations(tab.page), *tab.complaints]]
            tab.complaints.clear()
            if theme == "light" or name in PICTURED_DARK:
                keep(tab.page, f"{name}-{theme}")
    assert found == []


def test_every_screen_fits_a_phone(fleet: dict[str, Any], runs: dict[str, str], browser: Browser) -> None:
    found = []
    with opened(browser, viewport=PHONE, has_touch=True, is_mobile=True) as tab:
        for name in visited(tab.page, fleet, runs):
            if name in PICTURED_PHONE:
                keep(tab.page, f"{name}-phone")
            if not fits(tab.page):
                found.append(name)
    assert found == []


def visited(page: Page, fleet: dict[str, Any], runs: dict[str, str]) -> Iterator[str]:
    """Go from screen to screen; the name of each once it has settled."""
    enter(page, fleet)
    for name, (path, sign) in SCREENS.items():
        page.goto(home(fleet) + path.format(**runs))
        settled(page, sign)
        yield name


def keep(page: Page, name: str) -> None:
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(FOLDER) / f"{name}.png")
