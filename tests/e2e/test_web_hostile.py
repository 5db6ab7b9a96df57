"""What agents, repositories and people write is text wherever it is shown: none of it becomes part of the page."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cli_support import FAULTY, Mycoder, repository
from tests.e2e.scripts import FIX, SUBMIT, played
from tests.e2e.web_support import Tab, enter, home, settled

IMAGE = '<img src=x onerror="window.taken=1">'
SCRIPT = "<script>window.taken=1</script>"
LINK = "[look](javascript:window.taken=1) <a href='javascript:window.taken=1'>look</a>"
TERMINAL = "\x1b]8;;javascript:window.taken=1\x07look\x1b]8;;\x07 \x1b[31mred\x1b[0m"
NASTY = f"{IMAGE}{SCRIPT}{LINK}"
FILE = "<img src=x onerror=window.taken=1>.py"
QUESTION = {"name": "ask_human", "arguments": {"question": f"Shall I? {NASTY}"}}
SPEAK = {
    "text": f"# {NASTY}",
    "calls": [{"name": "bash", "arguments": {"command": f"printf '%s' '{TERMINAL}{IMAGE}'"}}],
}
WRITE = {"name": "bash", "arguments": {"command": f"echo '{IMAGE}' > '{FILE}'"}}
SCREENS = {
    "/": NASTY,
    "/inbox": "Inbox",
    "/memory": NASTY,
    "/costs?by=step": "Together",
    "/dead": "No dead letters",
    "/dashboard": NASTY,
    "/settings?part=audit": "Audit",
    "/runs/{run}": NASTY,
    "/runs/{run}?view=timeline": NASTY,
    "/runs/{run}?view=log": NASTY,
    "/runs/{run}/review": FILE,
    "/runs/{run}/files": FILE,
    "/runs/{run}/plan": NASTY,
    "/compare?runs={run},{run}": FILE,
}
"""Each with what stands on it, as text, once it is there."""
HOSTILE = """[...document.querySelectorAll("*")].filter((it) =>
    it.hasAttribute("onerror") || (it.tagName === "SCRIPT" && it.textContent.includes("taken"))
    || /^\\s*javascript:/i.test(it.getAttribute("href") ?? "")).length"""


def test_nothing_that_is_shown_is_carried_out(
    mycoder: Mycoder, fleet: dict[str, Any], tab: Tab, tmp_path: Path
) -> None:
    page = tab.page
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    shop = repository(tmp_path / "shop", FAULTY | {"README.md": NASTY})
    model = played(tmp_path, SPEAK, [WRITE], [QUESTION], [FIX], [{**SUBMIT, "arguments": {"summary": NASTY}}])
    said = mycoder("run", f"mend it {NASTY}", "--repo", shop, "--model", model, "--json")
    assert said.code == 5, said.out + said.err
    run = said.result["run"]
    assert mycoder("memory", "put", "notes/nasty", NASTY, "--scope", "global").code == 0

    enter(page, fleet)
    visit_all(page, fleet, run)
    page.goto(home(fleet) + f"/runs/{run}")
    page.get_by_label("Your answer").fill(NASTY)
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_role("status", name="Status of the run")).to_contain_text("Succeeded")
    visit_all(page, fleet, run)
    assert tab.complaints == [], "the page's policy had nothing to refuse"


def visit_all(page: Page, fleet: dict[str, Any], run: str) -> None:
    for path, sign in SCREENS.items():
        page.goto(home(fleet) + path.format(run=run))
        settled(page, sign)
        page.evaluate("document.querySelectorAll('details').forEach((it) => (it.open = true))")
        assert page.evaluate("window.taken") is None, path
        assert page.evaluate(HOSTILE) == 0, path
