"""What people do with the page, from the first click to the branch: in a real browser, on a real fleet."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.cli_support import FAULTY, WITHIN_S, Mycoder, git, repository
from tests.e2e.scripts import FIX, GIVE_UP, LOOK, QUESTION, SUBMIT, Silent, played
from tests.e2e.web_support import PHONE, Tab, enter, fits, live, never_reloaded, opened

TASK = "make the failing tests pass"
TABS = 80
"""As many stops a screen may have."""
TYPED_WITHIN_MS, TRIES = 5_000, 12


@pytest.fixture(scope="module")
def mycoder(tmp_path_factory: pytest.TempPathFactory) -> Mycoder:
    return Mycoder(tmp_path_factory.mktemp("journeys") / "home")


@pytest.fixture(scope="module")
def fleet(mycoder: Mycoder) -> Iterator[dict[str, Any]]:
    with mycoder.up() as ready:
        yield ready


@pytest.fixture
def silent(tmp_path: Path) -> Silent:
    return Silent(tmp_path / "silent.json")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", FAULTY)


def bundle(repo: Path) -> Path:
    path = repo.with_suffix(".bundle")
    git(repo, "bundle", "create", "-q", str(path), "HEAD")
    return path


def submit(page: Page, shop: Path, model: str, approve: str = "auto") -> str:
    """Hand a run in as a person does; its id."""
    page.get_by_role("link", name="New run").first.click()
    page.get_by_label("Task", exact=True).fill(TASK)
    page.get_by_label("Git bundle", exact=True).set_input_files(bundle(shop))
    expect(page.get_by_text("shop.bundle: HEAD at")).to_be_visible()
    page.get_by_label("Model", exact=True).fill(model)
    page.get_by_label("What waits for me").select_option(approve)
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/[a-z0-9]{26}"))
    return run_of(page)


def start(mycoder: Mycoder, shop: Path, model: str, *more: str) -> str:
    said = mycoder("run", TASK, "--repo", shop, "--model", model, "--detach", "--json", *more)
    assert said.code == 0, said.err
    return str(said.result["run"])


def show(page: Page, fleet: dict[str, Any], run: str) -> None:
    enter(page, fleet, f"/runs/{run}")


def send(fleet: dict[str, Any], path: str, body: Any) -> dict[str, Any]:
    """POST to the API what a program would."""
    packed = isinstance(body, bytes)
    kind = "application/x-git-bundle" if packed else "application/json"
    url = fleet["page"].partition("?")[0].rstrip("/") + "/api/v1" + path
    data = body if packed else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": kind})  # noqa: S310 - our own gateway
    with urlopen(request) as reply:  # noqa: S310
        return dict(json.load(reply))


def pid_of(mycoder: Mycoder, name: str) -> int:
    """Of one of the fleet's processes."""
    pid: int = json.loads((mycoder.data / "fleet.json").read_text())["processes"][name][0]
    return pid


def kill(mycoder: Mycoder, name: str) -> None:
    """-9; the supervisor starts another one."""
    os.kill(pid_of(mycoder, name), signal.SIGKILL)


def run_of(page: Page) -> str:
    found = re.search(r"/runs/([a-z0-9]{26})", page.url)
    assert found
    return found[1]


def status(page: Page) -> Locator:
    return page.get_by_role("status", name="Status of the run")


def events(mycoder: Mycoder, run: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in mycoder("logs", run, "--json").objects if entry["kind"] == kind]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go(page: Page, keys: str, place: str) -> None:
    """Somewhere by the letters that lead there: again, where this host took longer between them than a person may."""
    there = page.get_by_role("heading", level=1, name=place, exact=True)
    for _ in range(TRIES):
        press(page, *keys)
        with suppress(AssertionError):
            expect(there).to_be_visible(timeout=TYPED_WITHIN_MS)
            return
    raise AssertionError(f"{keys} does not lead to {place}")


def gone(page: Page) -> None:
    """No dialog is open any more: as long as one is, the page takes no keys."""
    expect(page.get_by_role("dialog")).to_have_count(0)


def reach(page: Page, target: Locator) -> None:
    """By Tab, as somebody does who has no mouse."""
    expect(target).to_be_visible()
    for _ in range(TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


def opens(page: Page, target: Locator) -> None:
    reach(page, target)
    press(page, "Enter")


def typed(page: Page, target: Locator, text: str) -> None:
    reach(page, target)
    page.keyboard.insert_text(text)


def test_1_submit_watch_approve_steer_review_and_pull(
    mycoder: Mycoder, fleet: dict[str, Any], tab: Tab, shop: Path, silent: Silent
) -> None:
    page = tab.page
    enter(page, fleet)
    run = submit(page, shop, silent.model, approve="all")
    expect(status(page)).to_contain_text("Running")
    silent.until_asked()

    page.get_by_label("Message to main").fill("the discount is in per cent")
    page.get_by_role("button", name="Send").click()
    messages = page.get_by_role("region", name="Messages to main")
    expect(messages).to_contain_text("accepted")
    silent.speak([LOOK], [FIX], [SUBMIT])
    expect(messages).to_contain_text("seen by the model")

    question = page.get_by_role("article", name="May the step call")
    expect(question).to_contain_text("/ 100")
    question.get_by_role("button", name="Approve").click()
    expect(status(page)).to_contain_text("Succeeded")
    heard = [[item["text"] for item in entry["heard"]] for entry in events(mycoder, run, "step.turn")]
    assert heard == [[], ["the discount is in per cent"], []]

    page.get_by_role("link", name="Review the changes").click()
    diff = page.get_by_role("grid")
    expect(diff).to_contain_text("return full - full * discount / 100")
    page.go_back()
    expect(page.get_by_role("button", name=f"Copy: mycoder pull {run}")).to_be_visible()
    said = mycoder("pull", run, "--repo", shop)
    assert said.code == 0, said.err
    assert "/ 100" in git(shop, "show", f"mycoder/{run}:cart.py")
    assert never_reloaded(page)
    assert tab.complaints == []


def test_2_a_run_is_cancelled_and_says_what_stays(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, silent: Silent
) -> None:
    run = start(mycoder, shop, silent.model)
    show(page, fleet, run)
    page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog", name="Stop this run?")
    expect(dialog).to_contain_text("Stays")
    dialog.get_by_label("Why").fill("not needed any more")
    dialog.get_by_role("button", name="Stop the run").click()
    expect(status(page)).to_contain_text("Cancelled")
    (asked,) = events(mycoder, run, "ask.cancel")
    assert asked["reason"] == "not needed any more"


def test_3_a_failed_step_is_run_again_and_mends_it(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, tmp_path: Path
) -> None:
    model = played(tmp_path, [GIVE_UP])
    run = start(mycoder, shop, model)
    show(page, fleet, run)
    expect(status(page)).to_contain_text("Failed")
    played(tmp_path, [FIX], [SUBMIT])
    page.get_by_role("button", name="Run again…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("failed", re.IGNORECASE)).first.check()
    dialog.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "/runs/" in url and run not in url)
    expect(status(page)).to_contain_text("Succeeded")
    (begun,) = events(mycoder, run_of(page), "run.submitted")
    assert begun["fork"]["run"] == run


def test_4_a_plan_is_edited_before_it_is_carried_out(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, tmp_path: Path
) -> None:
    proposal = {"name": "plan", "arguments": {"steps": [{"id": "fix", "role": "coder", "goal": "mend it somehow"}]}}
    model = played(tmp_path, steps={"plan": [[proposal]], "fix": [[FIX], [SUBMIT]]})
    run = start(mycoder, shop, model, "--plan", "--approve", "plan")
    enter(page, fleet, f"/runs/{run}/plan")
    approval = page.get_by_role("region", name="The plan waits for you")
    expect(approval).to_be_visible()
    page.get_by_role("list", name="Steps of the plan").get_by_text("fix", exact=True).click()
    form = page.get_by_role("form", name="Step fix")
    form.get_by_label("Goal").fill("take per cent for per cent")
    page.get_by_role("button", name="Send the edit").click()
    expect(approval).to_have_count(0)
    page.goto(page.url.replace("/plan", ""))
    expect(status(page)).to_contain_text("Succeeded")
    assert [entry["steps"][-1]["goal"] for entry in events(mycoder, run, "run.planned")][-1] == (
        "take per cent for per cent"
    )


def test_5_half_a_minute_offline_and_nothing_is_missing(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, silent: Silent
) -> None:
    run = start(mycoder, shop, silent.model)
    show(page, fleet, run)
    page.context.set_offline(True)
    connection = page.get_by_role("status", name="Connection")
    expect(connection).not_to_contain_text("Live")
    silent.speak([LOOK], [LOOK], [FIX], [SUBMIT])
    assert mycoder("wait", run, "--timeout", str(WITHIN_S)).code == 0
    page.context.set_offline(False)
    live(page)
    expect(status(page)).to_contain_text("Succeeded")
    turns = events(mycoder, run, "step.turn")
    assert len(turns) == 4
    for entry in turns:
        expect(page.get_by_role("article", name=re.compile(rf"^Turn {entry['turn']}\b"))).to_be_visible()
    page.get_by_role("tab", name="Event log").click()
    expect(page.get_by_role("region", name="Event log")).to_contain_text("run.finished")
    assert never_reloaded(page)


def test_6_a_killed_gateway_is_back_and_so_is_the_page(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, silent: Silent
) -> None:
    show(page, fleet, start(mycoder, shop, silent.model))
    kill(mycoder, "gateway")
    silent.speak([FIX], [SUBMIT])
    expect(status(page)).to_contain_text("Succeeded")
    live(page)
    assert never_reloaded(page)


def test_7_two_tabs_agree(
    mycoder: Mycoder, fleet: dict[str, Any], browser: Browser, page: Page, shop: Path, tmp_path: Path
) -> None:
    run = start(mycoder, shop, played(tmp_path, [QUESTION], [FIX], [SUBMIT]))
    with opened(browser) as second:
        other = second.page
        show(page, fleet, run)
        show(other, fleet, run)
        for one in (page, other):
            expect(one.get_by_role("article", name="Percent or fraction?")).to_be_visible()
        page.get_by_label("Your answer").fill("percent")
        page.get_by_role("button", name="Answer", exact=True).click()
        for one in (page, other):
            expect(status(one)).to_contain_text("Succeeded")
            expect(one.get_by_role("article", name="Percent or fraction?")).to_have_count(0)
            result = one.get_by_role("region", name="Result")
            expect(result).to_contain_text("Fix the discount")
            expect(result).to_contain_text(f"mycoder pull {run}")


def test_8_a_dead_letter_is_replayed_by_keyboard(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, silent: Silent
) -> None:
    enter(page, fleet, "/dead")
    uploaded = send(fleet, "/repositories", bundle(shop).read_bytes())
    one_try = {"task": TASK, "model": silent.model, "limits": {"attempts": 1}, "repository": uploaded["repository"]}
    run = send(fleet, "/runs", one_try)["run"]
    show(page, fleet, run)
    silent.until_asked()
    kill(mycoder, "agents")
    expect(status(page)).to_contain_text("Failed")
    silent.speak([FIX], [SUBMIT])

    go(page, "gd", "Dead letters")
    letter = page.get_by_role("row").filter(has_text=run[-6:])
    reach(page, letter.get_by_role("checkbox"))
    press(page, "Space")
    opens(page, page.get_by_role("button", name="Replay 1"))
    dialog = page.get_by_role("dialog", name="Replay 1 letter")
    expect(dialog).to_contain_text("Would")
    opens(page, dialog.get_by_role("button", name="Replay 1"))
    expect(dialog).to_contain_text("Done")
    expect(dialog.get_by_text("Close", exact=True)).to_be_focused()
    new = str(dialog.get_by_role("link").get_attribute("href"))
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(letter).to_have_count(0)
    enter(page, fleet, new)
    expect(status(page)).to_contain_text("Succeeded")


def test_9_the_keyboard_is_enough(fleet: dict[str, Any], page: Page, shop: Path, tmp_path: Path) -> None:
    page.on("filechooser", lambda _: None)  # whoever asks for it only with the key may ask too late
    enter(page, fleet)
    go(page, "gn", "New run")
    typed(page, page.get_by_label("Task", exact=True), "take per cent for per cent")
    reach(page, page.get_by_role("button", name="Choose a git bundle…"))
    with page.expect_file_chooser() as chooser:
        press(page, "Enter")
    chooser.value.set_files(bundle(shop))
    expect(page.get_by_text("shop.bundle: HEAD at")).to_be_visible()
    typed(page, page.get_by_label("Model", exact=True), played(tmp_path, [QUESTION], [FIX], [SUBMIT]))
    press(page, "Control+Enter")
    expect(status(page)).to_be_visible()  # the address changes before the form, which has the focus, goes

    go(page, "gi", "Inbox")
    card = page.get_by_role("article", name="Percent or fraction?").filter(has_text="take per cent")
    typed(page, card.get_by_label("Your answer"), "percent")
    press(page, "Control+Enter")
    expect(card).to_have_count(0)
    press(page, "Control+k")
    page.keyboard.type("take per cent")  # while the palette loads
    expect(page.get_by_role("option", selected=True)).to_contain_text("take per cent")
    press(page, "Enter")
    expect(status(page)).to_contain_text("Succeeded")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    opens(page, page.get_by_role("link", name="Review the changes"))
    expect(page.get_by_role("grid")).to_contain_text("/ 100")
    press(page, "n", "ArrowDown", "c")
    typed(page, page.get_by_role("textbox", name="Comment on"), "round it, too")
    press(page, "Control+Enter")
    opens(page, page.get_by_role("button", name="Start a new run with the comments"))
    press(page, "Enter")  # yes
    page.wait_for_url(re.compile(r"/runs/[a-z0-9]{26}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("round it, too")


def test_9_the_fleet_is_looked_after_by_keyboard(
    mycoder: Mycoder, fleet: dict[str, Any], page: Page, shop: Path, tmp_path: Path
) -> None:
    show(page, fleet, start(mycoder, shop, played(tmp_path, [QUESTION])))
    opens(page, page.get_by_role("button", name="Stop…"))
    opens(page, page.get_by_role("button", name="Stop the run"))
    gone(page)
    expect(status(page)).to_contain_text("Cancelled")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    go(page, "gf", "Fleet")
    worker = f":{pid_of(mycoder, 'agents')}"  # one that was killed is shown for a while, too
    drain = page.get_by_role("button", name=re.compile(f"^Drain .*{worker}$"))
    opens(page, drain)
    again = page.get_by_role("button", name=re.compile(f"{worker} take steps again$"))
    expect(again).to_be_focused()
    expect(again).to_be_enabled()  # it may show what the fleet tells before the order itself is answered
    press(page, "Enter")
    expect(drain).to_be_focused()

    go(page, "gm", "Memory")
    opens(page, page.get_by_role("button", name="Keep something"))
    typed(page, page.get_by_label("Name"), "conventions/money")
    typed(page, page.get_by_label("Text"), "Amounts are in cents.")
    opens(page, page.get_by_role("button", name="Keep it"))
    gone(page)
    opens(page, page.get_by_role("link", name="conventions/money"))
    opens(page, page.get_by_role("dialog").get_by_role("button", name="Edit"))
    typed(page, page.get_by_label("Text"), "All ")
    opens(page, page.get_by_role("button", name="Keep it"))
    expect(page.get_by_role("dialog", name="conventions/money", exact=True)).to_contain_text(
        "All Amounts are in cents."
    )
    press(page, "Escape")
    gone(page)

    go(page, "gb", "Dashboard")
    opens(page, page.get_by_role("button", name="Arrange"))
    opens(page, page.get_by_role("button", name="Move Runs by status earlier"))
    expect(page.get_by_role("main").get_by_role("listitem").first).to_have_accessible_name("Runs by status")

    go(page, "gs", "Settings")
    edit = page.get_by_role("button", name="Edit disk_reserve_mb")
    opens(page, edit)
    expect(page.get_by_role("dialog").get_by_label("Value")).to_be_focused()
    press(page, "Escape")
    expect(edit).to_be_focused()


def test_10_a_phone_is_enough(
    mycoder: Mycoder, fleet: dict[str, Any], browser: Browser, shop: Path, tmp_path: Path
) -> None:
    run = start(mycoder, shop, played(tmp_path, [FIX], [SUBMIT]), "--approve", "all")
    with opened(browser, viewport=PHONE, has_touch=True, is_mobile=True) as phone:
        page = phone.page
        enter(page, fleet, "/inbox")
        card = page.locator(f"[data-question^='{run}/']")
        expect(card).to_contain_text("/ 100")
        card.get_by_role("button", name="Approve").tap()
        expect(card).to_have_count(0)  # taken: going on before would take the answer back
        show(page, fleet, run)
        expect(status(page)).to_contain_text("Succeeded")
        assert fits(page)
        page.get_by_role("link", name="Review the changes").tap()
        expect(page.get_by_role("grid")).to_contain_text("/ 100")
        assert fits(page)
