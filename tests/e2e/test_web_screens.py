"""Every screen, in both themes and on a phone: nothing for axe to complain of, nothing too wide, no error said.

`MYCODER_SCREENSHOTS=FOLDER` keeps a picture of each; `make screenshots` writes those of docs/.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.cli_support import FAULTY, Mycoder, repository
from tests.e2e.scripts import FIX, LOOK, QUESTION, SUBMIT, played
from tests.e2e.web_support import PHONE, enter, fits, home, opened, settled, squeezed, violations

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
    "plan": ("/runs/{waits}/plan", "Revision 2, 5 steps"),
    "attempts": ("/runs/{done}/compare", MENDED),
    "compare": ("/compare?runs={done},{waits}", MENDED),
    "fleet": ("/fleet", "executor"),
    "dead": ("/dead", "No dead letters"),
    "memory": ("/memory", KEPT),
    "costs": ("/costs", "Together"),
    "dashboard": ("/dashboard", "100 % of 1 succeeded."),
    "settings": ("/settings", "MYCODER_DATA_DIR"),
    "settings-access": ("/settings?part=access", "No token has been made yet."),
    "settings-audit": ("/settings?part=audit", "No command was given"),
    "settings-you": ("/settings?part=you", "A run needs me"),
}
"""Where each is, and what stands on it once it is there as a whole."""
PICTURED_DARK = ("run-waiting", "review", "dashboard", "fleet")
PICTURED_PHONE = ("runs", "inbox", "run-waiting", "review", "new")
"""Beside all of them in the light."""
SEEN_WHOLE = ("attempts", "compare")
"""What stands beside each other there is compared: a phone shows it without scrolling sideways."""
FOLDER = os.environ.get("MYCODER_SCREENSHOTS", "")
SHOWN_AS = Path("/tmp/mycoder")
"""Where the fleet lives that pictures are taken of: its paths are in them. It must not be there yet."""
PLAN = [
    {"id": "look", "role": "coder", "goal": "Find out what is wrong with the discount"},
    {"id": "fix", "role": "coder", "goal": "Mend the discount", "needs": ["look"]},
    {"id": "docs", "role": "coder", "goal": "Write down how discounts are given", "needs": ["look"]},
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not FOLDER:
        yield tmp_path_factory.mktemp("screens")
        return
    SHOWN_AS.mkdir()
    yield SHOWN_AS
    shutil.rmtree(SHOWN_AS)


@pytest.fixture(scope="module")
def mycoder(place: Path) -> Mycoder:
    mycoder = Mycoder(place / "home")
    mycoder.env["LOGNAME"] = "ada"
    return mycoder


@pytest.fixture(scope="module")
def fleet(mycoder: Mycoder) -> Iterator[dict[str, Any]]:
    with mycoder.up() as ready:
        yield ready


@pytest.fixture(scope="module")
def runs(mycoder: Mycoder, fleet: dict[str, Any], place: Path) -> dict[str, str]:
    """A run that succeeded, and one with a plan whose first step waits for an answer."""
    shop = repository(place / "shop", FAULTY)
    done = mycoder("run", TASK, "--repo", shop, "--json").result
    assert done["status"] == "succeeded"
    proposal = {"name": "plan", "arguments": {"steps": PLAN}}
    model = played(place, steps={"plan": [[proposal]], "look": [[LOOK], [QUESTION]], "fix": [[FIX], [SUBMIT]]})
    task = "give discounts in per cent, and write that down"
    waits = mycoder("run", task, "--repo", shop, "--model", model, "--plan", "--json").result
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
            if name in SEEN_WHOLE:
                found += [f"{name}: {region}" for region in squeezed(tab.page)]
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
