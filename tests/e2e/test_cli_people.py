"""A person in the loop, through the real command line: questions, approvals, messages, pauses, second tries."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_support import FAULTY, WITHIN_S, Mycoder, git, repository, to_the_end, until
from tests.e2e.scripts import FIX, GIVE_UP, QUESTION, SUBMIT, Silent, played
from tests.e2e.terminal import Terminal

TASK = "make the failing tests pass"
NOTHING = {"name": "bash", "arguments": {"command": "true"}}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mycoder]:
    mycoder = Mycoder(tmp_path_factory.mktemp("people") / "home")
    with mycoder.up():
        yield mycoder
    mycoder.assert_clean()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", FAULTY)


def events(fleet: Mycoder, run: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in fleet("logs", run, "--json").objects if entry["kind"] == kind]


def inbox(fleet: Mycoder, run: str) -> list[dict[str, Any]]:
    """What a run has in it; the others' questions are theirs."""
    return [asked for asked in fleet.caught_up("inbox", "--json").objects if asked["run"] == run]


def completed(fleet: Mycoder, line: str) -> str:
    """What a shell is told may follow; it is told nothing where the broker has not answered within a second."""
    typing = {"_MYCODER_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    until_s = time.monotonic() + WITHIN_S
    while not (said := fleet(**typing)).out.strip():
        assert said.code == 0, said.err
        assert time.monotonic() < until_s, f"nothing follows {line!r}"
    return said.out


def test_a_question_ends_the_command_and_is_answered_from_the_inbox(fleet: Mycoder, shop: Path, tmp_path: Path) -> None:
    model = played(tmp_path, [QUESTION], [FIX], [SUBMIT])

    said = fleet("run", TASK, "--repo", shop, "--model", model)

    assert said.code == 5, said.out + said.err
    assert "step main: Percent or fraction?" in said.err
    assert "The run goes on." in said.err
    run = fleet("show", "latest", "--json").result["run"]
    (asked,) = inbox(fleet, run)
    assert (asked["step"], asked["about"], asked["text"]) == ("main", "question", "Percent or fraction?")
    assert asked["answers"] == [f'mycoder approve {run} {asked["question"]} --message "…"']
    assert fleet("wait", run).code == 5
    assert fleet("approve", run).code == 2, "a yes is no answer"
    assert completed(fleet, f"mycoder approve {run} ") == f"plain,{asked['question']}\n"
    told = fleet("message", run, "percent", "--json")
    assert told.code == 0, told.err
    assert (told.result["accepted"], told.result["step"]) == (True, "main")
    assert fleet("wait", run, "--timeout", str(WITHIN_S)).code == 0
    assert "percent" in json.dumps(events(fleet, run, "step.turn")[0]["results"])
    assert inbox(fleet, run) == []
    late = fleet("deny", run)
    assert late.code == 1
    assert "has ended: it succeeded" in late.err


def test_a_pause_holds_a_step_at_work_and_messages_are_heard_when_it_goes_on(
    fleet: Mycoder, shop: Path, tmp_path: Path
) -> None:
    silent = Silent(tmp_path / "silent.json")
    process = fleet.start("run", TASK, "--repo", shop, "--model", silent.model, "--json")
    run = until(process, "step.opened")["run"]
    silent.until_asked()
    assert fleet("pause", run, "--reason", "lunch").code == 0
    silent.speak([NOTHING], [FIX], [SUBMIT], [SUBMIT])

    out, err = to_the_end(process)
    assert process.returncode == 5, out + err
    last = json.loads(out.splitlines()[-1])
    assert (last["kind"], last["waits"], last["questions"][0]["about"]) == ("unfinished", True, "paused")
    assert f"mycoder resume {run}" in fleet.caught_up("inbox").out
    assert fleet("message", run, "mind the cents").out == "step main is told\n"
    assert fleet("message", run, "thank you", "--after").code == 0
    moved_on = fleet("message", run, "too late", "--attempt", "7")
    assert moved_on.code == 1
    assert "moved on to attempt 1" in moved_on.err
    assert fleet("resume", run).out == f"{run} goes on\n"
    assert fleet("wait", run, "--timeout", str(WITHIN_S)).code == 0
    heard = [[item["text"] for item in entry["heard"]] for entry in events(fleet, run, "step.turn")]
    assert heard == [[], ["mind the cents"], [], ["thank you"]]


def test_what_changes_something_waits_is_denied_with_a_word_and_approved_with_changes(
    fleet: Mycoder, shop: Path, tmp_path: Path
) -> None:
    model = played(tmp_path, [FIX], [FIX], [SUBMIT])
    said = fleet("run", TASK, "--repo", shop, "--model", model, "--approve", "all", "--json")
    assert said.code == 5, said.out + said.err
    first = said.result["questions"][0]
    assert (first["about"], first["tool"]) == ("approval", "str_replace_editor")
    run = said.result["run"]

    assert fleet("deny", run, "--message", "mind the cents").code == 0
    assert fleet("wait", run).code == 5
    (second,) = inbox(fleet, run)
    assert second["question"] != first["question"]
    assert fleet("approve", run, "--edit", "/ 100").code == 2
    unfit = fleet("approve", run, "--edit", '{"path": 7}')
    assert unfit.code == 1
    assert "str_replace_editor cannot be called like that" in unfit.err
    mine = json.dumps(FIX["arguments"] | {"new_str": "/ 100.0"})
    assert fleet("approve", run, second["question"], "--edit", mine).code == 0
    other = fleet("deny", run, second["question"])
    assert other.code == 1
    assert "settled already: approved with changes by" in other.err or "has ended" in other.err
    assert fleet("wait", run).code == 0
    results = [entry["results"][0]["output"] for entry in events(fleet, run, "step.turn")]
    assert "mind the cents" in results[0]
    assert results[1].startswith("A person changed this call.")
    assert "(changed by a person)" in fleet("logs", run).out


def test_a_plan_is_denied_then_edited_and_carried_out(fleet: Mycoder, shop: Path, tmp_path: Path) -> None:
    proposal = {"name": "plan", "arguments": {"steps": [{"id": "fix", "role": "coder", "goal": "mend it somehow"}]}}
    model = played(tmp_path, steps={"plan": [[proposal]], "plan-2": [[proposal]], "fix": [[FIX], [SUBMIT]]})
    said = fleet("run", TASK, "--repo", shop, "--model", model, "--plan", "--approve", "plan", "--json")
    assert said.code == 5, said.out + said.err
    (asked,) = said.result["questions"]
    assert (asked["about"], asked["question"]) == ("plan", "plan-2")
    run = said.result["run"]

    assert fleet("deny", run, "--message", "say how").code == 0
    assert fleet("wait", run).code == 5
    plan = fleet("show", run, "--plan", "--json").result
    assert [step["state"] for step in plan["steps"]] == ["done", "done", "pending"]
    stale = tmp_path / "plan.json"
    stale.write_text(json.dumps(plan | {"revision": 2}))
    refused = fleet("edit", run, "--file", stale)
    assert refused.code == 1
    assert f"moved on to revision {plan['revision']}" in refused.err
    assert f"kept in {stale}" in refused.err
    assert fleet("edit", run, EDITOR="true").out == "Nothing was changed.\n"
    wrong = fleet("edit", run, EDITOR="sed -i s/coder/codr/")
    assert wrong.code == 1
    assert "for the role 'codr'" in wrong.err
    kept = Path(wrong.err.partition("kept in ")[2].partition("\n")[0])
    kept.write_text(kept.read_text().replace("codr", "coder").replace("somehow", "by dividing by a hundred"))
    edited = fleet("edit", run, "--file", kept)
    assert edited.out == f"the plan of {run} is now revision {plan['revision'] + 1}\n"
    assert fleet("wait", run, "--timeout", str(WITHIN_S)).code == 0
    shown = fleet("show", run, "--plan")
    assert "by dividing by a hundred" in shown.out
    assert "edited by" in shown.out


def test_a_run_that_failed_is_tried_again_in_a_new_one(fleet: Mycoder, tmp_path: Path) -> None:
    role = "---\nname: docs\ndescription: Writes the documentation.\n---\nWrite it.\n"
    shop = repository(tmp_path / "shop", FAULTY | {".mycoder/roles/docs.md": role})
    git(shop, "remote", "add", "origin", "git@example.org:acme/shop.git")
    said = fleet("run", TASK, "--repo", shop, "--model", played(tmp_path, [GIVE_UP]), "--json")
    assert said.code == 1
    assert (said.objects[0]["roles"], said.objects[0]["project"]) == (["docs"], "example.org/acme/shop")
    played(tmp_path, [FIX], [SUBMIT])
    again = fleet("retry", said.result["run"], "--json")
    assert again.code == 0, again.out + again.err
    assert again.objects[0]["fork"] == {"run": said.result["run"], "step": "main", "turn": 0, "shard": 0}
    assert again.result["run"] != said.result["run"]
    assert fleet("pull", again.result["run"]).code == 0, "its branch belongs where the first one's does"
    assert "nothing to try again" in fleet("retry", again.result["run"]).err
    assert "has no step 'x'" in fleet("fork", again.result["run"], "--from", "x").err


def test_the_person_at_the_terminal_is_asked(fleet: Mycoder, shop: Path, tmp_path: Path) -> None:
    silent = Silent(tmp_path / "silent.json")
    with Terminal(fleet, "run", TASK, "--repo", shop, "--model", silent.model) as terminal:
        terminal.type("m", after="main")  # ahead of the question, so it must not answer it
        silent.speak([QUESTION], [FIX], [SUBMIT])
        terminal.type("v", after="[m] answer")
        terminal.type("m", after="\x1b[2KPercent or fraction?")  # at the start of a line of its own
        terminal.type("percent\n", after="answer: ")
        assert terminal.to_the_end() == 0, terminal.shown
    assert "✓ succeeded" in terminal.shown
    assert "percent" in json.dumps(events(fleet, "latest", "step.turn")[0]["results"])
