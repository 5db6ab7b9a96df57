"""From one step to a team, through a real fleet: parallel steps, merges, conflicts, failures, people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fleet_support import BLOCKED, RunningFleet, at_gate, git, open_gate
from replay_support import Call, edit, submit

from mycoderai.broker.log import append
from mycoderai.schemas.events import (
    AnyEvent,
    ApproveAsked,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    ModelAnswered,
    PauseAsked,
    ResumeAsked,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.subjects import Log

ROLES = ("orchestrator", "planner", "coder", "tester", "reviewer", "resolver", "executor", "model", "memory")
SHOP = {
    "add.py": "def add(a, b):\n    return a - b\n",
    "sub.py": "def sub(a, b):\n    return a + b\n",
    "limits.py": "# The least and the most.\nLEAST, MOST = 0, 0\n",
    "tests/test_shop.py": (
        "from add import add\nfrom sub import sub\nimport limits\n\n"
        "def test_add():\n    assert add(2, 1) == 3\n\n"
        "def test_sub():\n    assert sub(2, 1) == 1\n\n"
        "def test_limits():\n    assert limits.LEAST < limits.MOST\n"
    ),
}


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """A model that plays the turns given, each a list of tool calls or a text."""

    def write(*turns: list[Call] | str) -> str:
        path = tmp_path / f"script-{len(list(tmp_path.glob('script-*')))}.json"
        path.write_text(
            json.dumps([t if isinstance(t, str) else [{"name": n, "arguments": a} for n, a in t] for t in turns])
        )
        return f"scripted:{path}"

    return write


def step(id_: str, model: str, *needs: str, role: str = "coder", **more: Any) -> dict[str, Any]:
    tests = more.pop("tests", ())
    accept = {"check": "targets", "tests": tests} if tests else {"check": more.pop("check", "no_regression")}
    return {"id": id_, "role": role, "goal": f"do {id_}", "needs": needs, "accept": accept, "model": model, **more}


def target(name: str) -> list[str]:
    return [f"tests/test_shop.py::{name}"]


async def steps_of(fleet: RunningFleet, log: Log, kind: type[AnyEvent]) -> list[str]:
    return [r.subject.step for r in await fleet.recorded(log) if isinstance(r.event, kind)]


async def test_parallel_steps_are_merged_tested_and_reviewed(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet(ROLES)
    plan = [
        step("add", script([edit("add.py", "a - b", "a + b")], [submit()]), tests=target("test_add")),
        step("sub", script([edit("sub.py", "a + b", "a - b")], [submit()]), tests=target("test_sub")),
        step("lim", script([edit("limits.py", "0, 0", "0, 9")], [submit()]), tests=target("test_limits")),
        step("all", script([("run_tests", {})], [submit("merged")]), "add", "sub", "lim", role="tester", check="suite"),
        step("look", script([submit("fine", verdict="accept")]), "all", role="reviewer", check="none"),
    ]
    planner = script([("search", {"pattern": "def "})], [("plan", {"steps": plan})])
    repo = make_repo(SHOP)
    log = await fleet.submit(RunSubmitted(task="repair the shop", role="planner", model=planner), repo)
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert finished.evidence
    assert finished.evidence.check == "suite"
    assert finished.evidence.tests.passed == 3
    readied = await steps_of(fleet, log, StepReady)
    assert [readied[0], sorted(readied[1:4]), *readied[4:]] == ["plan", ["add", "lim", "sub"], "all", "look"]
    assert set(await steps_of(fleet, log, StepDone)) == set(readied)


async def test_a_conflict_is_resolved_by_a_step_of_its_own(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet(ROLES)
    one = [edit("limits.py", "LEAST, MOST = 0, 0", "LEAST, MOST = 1, 9")]
    two = [edit("limits.py", "LEAST, MOST = 0, 0", "LEAST, MOST = 0, 5"), edit("add.py", "a - b", "a + b")]
    plan = [
        step("one", script(one, [submit()]), tests=target("test_limits")),
        step("two", script([*two, edit("sub.py", "a + b", "a - b")], [submit()]), tests=target("test_add")),
        step("all", script([submit()]), "one", "two", role="tester", check="suite"),
    ]
    resolve = "printf '# The least and the most.\\nLEAST, MOST = 1, 5\\n' > limits.py"
    run = [("plan", {"steps": plan})], [("bash", {"command": f"grep -c '<<<<' limits.py && {resolve}"})], [submit()]
    # The resolver is no step of the plan, so it plays the run's own model, from the first turn on.
    path = Path(script(run[1], run[2]).removeprefix("scripted:"))
    planner = Path(script(run[0]).removeprefix("scripted:"))
    both = path.with_name("both.json")
    both.write_text(
        json.dumps({"steps": {"plan": json.loads(planner.read_text()), "resolver": json.loads(path.read_text())}})
    )
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=f"scripted:{both}"), make_repo(SHOP))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert "resolve-all" in await steps_of(fleet, log, StepDone)
    failures = [e.failure.code for e in await fleet.events(log) if isinstance(e, StepFailed)]
    assert failures == [FailureCode.MERGE_CONFLICT]
    revisions = [e.revision for e in await fleet.events(log) if isinstance(e, RunPlanned)]
    assert revisions == [1, 2, 3]


async def test_a_step_that_asks_holds_no_slot_and_goes_on_with_the_answer(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet(slots=1)
    files = SHOP | {"sub.py": "def sub(a, b):\n    return a - b\n", "limits.py": "LEAST, MOST = 0, 1\n"}
    asks = script(
        [edit("add.py", "a - b", "a * b"), ("ask_human", {"question": "Sum or product?"})],
        [edit("add.py", "a * b", "a + b")],
        [submit()],
    )
    first = await fleet.submit(RunSubmitted(task="t", model=asks), make_repo(files))
    waiting = await fleet.wait_for(first, StepWaiting)
    assert isinstance(waiting.event, StepWaiting)
    assert waiting.event.question.text == "Sum or product?"
    other = await fleet.submit(
        RunSubmitted(task="t", model=script([edit("add.py", "a - b", "a + b")], [submit()])), make_repo(files)
    )
    assert (await fleet.finished(other)).status == "succeeded", "the one slot was free"
    word = await fleet.ask(first, ApproveAsked(question=waiting.event.question.id, text="the sum", by="ann"))
    assert word.accepted
    finished = await fleet.finished(first)
    assert finished.status == "succeeded", await fleet.story(first)
    turns = [e for e in await fleet.events(first) if isinstance(e, StepTurn)]
    assert [r.output for r in turns[0].results][1] == "the sum"
    assert len(turns) == 3


async def test_a_call_is_made_as_a_person_changed_it_and_the_turn_says_so(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet()
    files = SHOP | {"sub.py": "def sub(a, b):\n    return a - b\n", "limits.py": "LEAST, MOST = 0, 1\n"}
    model = script(
        [edit("add.py", "a - b", "a * b"), edit("limits.py", "0, 1", "0, 2"), ("bash", {"command": "cat add.py"})],
        [submit()],
    )
    log = await fleet.submit(RunSubmitted(task="t", model=model, approve="all"), make_repo(files))
    mine = json.dumps(edit("add.py", "a - b", "a + b  # ann's")[1])
    first = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(first, StepWaiting)
    id_ = first.question.id
    assert "str_replace_editor cannot be" in (await fleet.ask(log, ApproveAsked(question=id_, arguments="{}"))).reason
    assert (await fleet.ask(log, PauseAsked())).accepted
    assert (await fleet.ask(log, ApproveAsked(question=id_, arguments=mine, by="ann"))).accepted
    assert not (await fleet.ask(log, ApproveAsked(question=id_, by="bob"))).accepted
    assert (await fleet.ask(log, ResumeAsked())).accepted
    for number in (2, 3):
        waiting = (await fleet.wait_for(log, StepWaiting, number)).event
        assert isinstance(waiting, StepWaiting)
        assert (await fleet.ask(log, ApproveAsked(question=waiting.question.id))).accepted
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    turn = next(e for e in await fleet.events(log) if isinstance(e, StepTurn))
    assert "a * b" in turn.message.tool_calls[0].arguments, "what the model said stays"
    assert [result.arguments for result in turn.results] == [mine, "", ""]
    assert turn.results[0].output.startswith("A person changed this call.")
    assert "ann's" in turn.results[2].output
    assert len({result.call for result in turn.results}) == 3


async def test_a_pause_that_comes_behind_an_answer_does_not_lose_it(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet(slots=1)
    files = SHOP | {"sub.py": "def sub(a, b):\n    return a - b\n", "limits.py": "LEAST, MOST = 0, 1\n"}
    model = script([edit("add.py", "a - b", "a * b")], [submit()])
    log = await fleet.submit(RunSubmitted(task="t", model=model, approve="all"), make_repo(files))
    waiting = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(waiting, StepWaiting)
    busy = script([("bash", {"command": "sleep 600"})], [submit()])
    other = await fleet.submit(RunSubmitted(task="t", model=busy), make_repo(files))
    await fleet.wait_for(other, ModelAnswered)
    mine = json.dumps(edit("add.py", "a - b", "a + b")[1])
    assert (await fleet.ask(log, ApproveAsked(question=waiting.question.id, arguments=mine))).accepted
    await fleet.wait_for(log, StepReady, 2)
    assert (await fleet.ask(log, PauseAsked())).accepted, "before a slot was free for the step"
    await append(fleet.client, other.ask("cancel"), CancelAsked())
    paused = (await fleet.wait_for(log, StepWaiting, 2)).event
    assert isinstance(paused, StepWaiting)
    assert paused.question.kind == "paused"
    turns = [e for e in await fleet.events(log) if isinstance(e, StepTurn)]
    assert [result.arguments for turn in turns for result in turn.results] == [mine]
    assert (await fleet.ask(log, ResumeAsked())).accepted
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)


async def test_a_plan_waits_for_a_person_and_a_denial_with_a_word_makes_another(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet(ROLES)
    fix = script(
        [edit("add.py", "a - b", "a + b"), edit("sub.py", "a + b", "a - b"), edit("limits.py", "0, 0", "0, 1")],
        [submit()],
    )
    planner = script([("plan", {"steps": [step("fix", fix, check="suite")]})])
    submission = RunSubmitted(task="t", role="planner", model=planner, approve="plan")
    log = await fleet.submit(submission, make_repo(SHOP))
    await fleet.wait_for(log, RunPlanned, 2)
    assert (await fleet.ask(log, DenyAsked(question="plan-2", text="do it well", by="ann"))).accepted
    await fleet.wait_for(log, RunPlanned, 4)
    late = await fleet.ask(log, ApproveAsked(question="plan-2", by="bob"))
    assert "denied by ann" in late.reason
    assert (await fleet.ask(log, ApproveAsked(question="plan-4", by="bob"))).accepted
    assert (await fleet.finished(log)).status == "succeeded"


async def test_a_step_under_way_is_stopped_when_an_edit_takes_it_out(start_fleet, make_repo, script) -> None:
    """And the run ends without it: nothing waits for a step that the plan does without."""
    fleet = await start_fleet(ROLES)
    fix = [edit("add.py", "a - b", "a + b"), edit("sub.py", "a + b", "a - b"), edit("limits.py", "0, 0", "0, 1")]
    plan = [
        step("idle", script([("bash", {"command": "sleep 600"})], [submit()])),
        step("fix", script(fix, [submit()]), "idle", check="suite"),
    ]
    planner = script([("plan", {"steps": plan})])
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=planner), make_repo(SHOP))
    await fleet.wait_for(log, ModelAnswered, 2)
    planned = [e for e in await fleet.events(log) if isinstance(e, RunPlanned)][-1]
    first, idle, last = planned.steps
    changed = msgspec.structs.replace(idle, goal="do less")
    assert "not changed" in (await fleet.ask(log, EditAsked(revision=2, steps=(first, changed, last)))).reason
    fresh = msgspec.structs.replace(last, needs=())
    assert (await fleet.ask(log, EditAsked(revision=2, steps=(first, fresh), by="ann"))).accepted
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert await steps_of(fleet, log, StepDone) == ["plan", "fix"]
    assert "idle" not in await steps_of(fleet, log, StepTurn), "its work was dropped"


async def test_a_message_is_in_the_next_prompt_and_a_pause_frees_the_step(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet()
    files = SHOP | {"sub.py": "def sub(a, b):\n    return a - b\n", "limits.py": "LEAST, MOST = 0, 1\n"}
    model = script(
        [("bash", {"command": BLOCKED})],
        [("bash", {"command": "true"})],
        [edit("add.py", "a - b", "a + b")],
        [submit()],
    )
    log = await fleet.submit(RunSubmitted(task="t", model=model), make_repo(files))
    await at_gate(fleet.settings)
    assert (await fleet.ask(log, MessageAsked(step="main", text="mind the sign", attempt=1, by="ann"))).accepted
    assert (await fleet.ask(log, PauseAsked())).accepted
    await open_gate(fleet.settings)
    waiting = await fleet.wait_for(log, StepWaiting)
    assert isinstance(waiting.event, StepWaiting)
    assert waiting.event.question.kind == "paused"
    assert not (await fleet.ask(log, MessageAsked(step="main", text="late", attempt=9))).accepted
    assert (await fleet.ask(log, ResumeAsked())).accepted
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    turns = [e for e in await fleet.events(log) if isinstance(e, StepTurn)]
    assert [heard.text for turn in turns for heard in turn.heard] == ["mind the sign"]


async def test_a_step_that_requires_something_is_taken_by_a_pool_that_has_it(start_fleet, make_repo, script) -> None:
    """The planner is told what there is; what there is not is refused back to it, with the pools there are."""
    fleet = await start_fleet((*ROLES, "coder-docker"), pools=("coder-docker",))
    fix = script(
        [edit("add.py", "a - b", "a + b"), edit("sub.py", "a + b", "a - b"), edit("limits.py", "0, 0", "0, 1")],
        [submit()],
    )
    planner = script(
        [("plan", {"steps": [step("fix", fix, check="suite", requires=["gpu"])]})],
        [("plan", {"steps": [step("fix", fix, check="suite", requires=["docker"])]})],
    )
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=planner), make_repo(SHOP))
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    recorded = await fleet.recorded(log)
    refused = next(r.event.results[0].output for r in recorded if isinstance(r.event, StepTurn))
    assert "requires gpu" in refused
    assert "coder-docker" in refused
    opened = {r.subject.step: r for r in recorded if isinstance(r.event, StepOpened)}
    assert "On offer, for `requires`: docker." in opened["plan"].event.prompt[1].content
    assert opened["fix"].subject.pool == "coder-docker"
    assert "role coder: built-in coder" in opened["fix"].event.applied, "the pool plays the role"


async def test_the_branch_tells_who_did_what(start_fleet, make_repo, script, tmp_path: Path) -> None:
    """Each step's commit is a parent of what was merged from it."""
    fleet = await start_fleet(ROLES)
    plan = [
        step("add", script([edit("add.py", "a - b", "a + b")], [submit("add adds")]), tests=target("test_add")),
        step("rest", script([edit("sub.py", "+", "-"), edit("limits.py", "0, 0", "0, 1")], [submit("the rest")])),
    ]
    check = script([submit("all together")])
    both = tmp_path / "both.json"
    steps = {
        "plan": [[{"name": "plan", "arguments": {"steps": plan}}]],
        "check": json.loads(Path(check[9:]).read_text()),
    }
    both.write_text(json.dumps({"steps": steps}))
    repo = make_repo(SHOP)
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=f"scripted:{both}"), repo)
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert finished.result
    await fleet.pull(finished.result, repo)
    subjects = git(repo, "log", "--format=%s", finished.result.commit).splitlines()
    assert sorted(subjects) == ["Merge parallel steps", "Start", "add adds", "the rest"]
