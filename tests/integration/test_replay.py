"""A run's log is its cassette: played again without a model it makes the same log, or says where it does not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fleet_support import BLOCKED, RunningFleet, at_gate, open_gate
from replay_support import FAULTY, ONE, REPAIRED, SHOP, TEAM, bash, edit, mycoder, submit, transcript

from mycoderai.broker.connect import connect
from mycoderai.broker.consume import PullLoop
from mycoderai.broker.log import append
from mycoderai.broker.tasks import end
from mycoderai.schemas.events import (
    ApproveAsked,
    AskHeard,
    CancelAsked,
    EditAsked,
    MessageAsked,
    ModelAnswered,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.plan import Acceptance
from mycoderai.schemas.subjects import Log
from mycoderai.workers.handler import Done, Outcome, StepContext
from mycoderai.workers.steps import StepWorker


async def replayed(fleet: RunningFleet, log: Log) -> tuple[Log, dict[str, Any]]:
    """The replay's log, and how it compares."""
    code, objects, err = await mycoder(fleet, "replay", log.run)
    assert objects, err
    found = objects[-1]
    again = Log(found["replay"])
    assert code == (0 if found["identical"] else 1)
    return again, found


async def assert_identical(fleet: RunningFleet, log: Log) -> Log:
    again, found = await replayed(fleet, log)
    assert found["identical"], f"{found}{await fleet.story(again)}"
    assert found["events"] > 4
    return again


async def test_a_run_repeats_without_its_model_and_every_time(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    repair = await fleet.submit(RunSubmitted(task="make the tests pass"), make_repo(FAULTY))
    script = transcript(tmp_path, main=REPAIRED)
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    first = await fleet.finished(log)
    assert first.status == "succeeded", await fleet.story(log)
    script.unlink()
    assert (await fleet.finished(repair)).status == "succeeded", await fleet.story(repair)
    again, *_ = await asyncio.gather(*(assert_identical(fleet, of) for of in (log, log, log, repair)))
    finished = await fleet.finished(again)
    assert first.result
    assert finished.result
    assert finished.result.commit == first.result.commit, "the very same commit, name of the run and time included"
    assert finished.cost_usd == 0.0
    # A replay of a replay is one of what was recorded.
    code, (*_, found), _ = await mycoder(fleet, "replay", again.run)
    assert (code, found["run"]) == (0, log.run)


async def test_parallel_steps_a_conflict_and_an_approval_repeat(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet((*TEAM, "tester", "resolver"))
    plan = [
        {"id": "one", "role": "coder", "goal": "one", "accept": {"check": "no_regression"}},
        {"id": "two", "role": "coder", "goal": "two", "accept": {"check": "no_regression"}},
        {"id": "all", "role": "tester", "goal": "test", "needs": ["one", "two"], "accept": {"check": "suite"}},
    ]
    text = "# The least and the most.\\nLEAST, MOST = 1, 5\\n"
    script = transcript(
        tmp_path,
        plan=[[("plan", {"steps": plan})]],
        one=[[edit("limits.py", "0, 0", "1, 9")], [submit("one")]],
        two=[
            [("ask_human", {"question": "Sum or product?"})],
            [edit("limits.py", "0, 0", "0, 5"), edit("add.py", "a - b", "a + b")],
            [submit("two")],
        ],
        resolver=[[bash(f"grep -c '<<<<' limits.py && printf '{text}' > limits.py")], [submit("both")]],
        all=[[submit("merged")]],
    )
    submission = RunSubmitted(task="t", role="planner", model=f"scripted:{script}", approve="plan")
    log = await fleet.submit(submission, make_repo(SHOP))
    await fleet.wait_for(log, RunPlanned, 2)
    assert (await fleet.ask(log, ApproveAsked(question="plan-2", by="ann"))).accepted
    waiting = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(waiting, StepWaiting)
    assert not (await fleet.ask(log, ApproveAsked(question="plan-7", by="ann"))).accepted
    assert (await fleet.ask(log, ApproveAsked(question=waiting.question.id, text="the sum", by="bob"))).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    script.unlink()
    again = await assert_identical(fleet, log)
    failures = [event.failure.code for event in await fleet.events(again) if isinstance(event, StepFailed)]
    assert failures == [FailureCode.MERGE_CONFLICT]


async def test_a_call_that_a_person_changed_is_changed_again(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    script = transcript(tmp_path, main=[[edit("add.py", "a - b", "a * b")], [submit()]])
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}", approve="all"), make_repo(FAULTY))
    waiting = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(waiting, StepWaiting)
    mine = json.dumps(edit("add.py", "a - b", "a + b")[1])
    assert (await fleet.ask(log, ApproveAsked(question=waiting.question.id, arguments=mine, by="ann"))).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    again = await assert_identical(fleet, log)
    changed = [e.results[0].arguments for e in await fleet.events(again) if isinstance(e, StepTurn)]
    assert changed == [mine, ""]


async def test_messages_are_heard_where_they_were_and_pauses_are_only_time(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    turns = [[bash(BLOCKED)], [bash("true")], [edit("add.py", "a - b", "a + b")], [submit()], [submit()]]
    script = transcript(tmp_path, main=turns)
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    await at_gate(fleet.settings)
    assert (await fleet.ask(log, MessageAsked(step="main", text="last of all", when="after", by="ann"))).accepted
    assert (await fleet.ask(log, MessageAsked(step="main", text="mind the sign", by="ann"))).accepted
    assert (await fleet.ask(log, PauseAsked())).accepted
    await open_gate(fleet.settings)
    await fleet.wait_for(log, StepWaiting)
    assert (await fleet.ask(log, ResumeAsked())).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    again, _ = await asyncio.gather(assert_identical(fleet, log), open_gate(fleet.settings))
    heard = {e.turn: [word.text for word in e.heard] for e in await fleet.events(again) if isinstance(e, StepTurn)}
    assert [text for texts in heard.values() for text in texts] == ["mind the sign", "last of all"]
    assert heard[5] == ["last of all"]


@asynccontextmanager
async def shaky(fleet: RunningFleet) -> AsyncIterator[None]:
    """A pool whose first round of each run fails once the run is paused, and whose second one is fine."""

    async def carry_out(step: StepContext) -> Outcome:
        if step.ready.round > 1:
            return Done()
        await fleet.wait_for(step.log, AskHeard)
        raise RuntimeError("not yet")

    nc = await connect(fleet.settings, "shaky")
    worker = StepWorker(nc, fleet.settings, "shaky", carry_out)
    await worker.start()
    pulling = asyncio.create_task(PullLoop(nc, "shaky", 4, worker.handle).run(asyncio.Event(), lambda: None))
    try:
        yield
    finally:
        await end([pulling])
        await nc.close()


async def test_an_edit_repeats_where_it_was_between_the_turns_of_other_steps(start_fleet, make_repo, tmp_path) -> None:
    """One step is taken out while it runs, another is changed before it starts, which a pause held back."""
    fleet = await start_fleet(TEAM)
    plan = [
        {"id": "idle", "role": "coder", "goal": "sleep", "accept": {"check": "no_regression"}},
        {"id": "one", "role": "coder", "goal": "one", "accept": {"check": "no_regression"}},
        {"id": "two", "role": "coder", "goal": "two", "needs": ["one"], "accept": {"check": "no_regression"}},
    ]
    script = transcript(
        tmp_path,
        plan=[[("plan", {"steps": plan})]],
        idle=[[bash("sleep 600")], [submit()]],
        one=[[bash(f"{BLOCKED}; echo plus > sign.txt"), submit("one")]],
        two=[[edit("add.py", "a - b", "a + b")], [submit("two")]],
    )
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=f"scripted:{script}"), make_repo(FAULTY))
    await fleet.wait_for(log, ModelAnswered, 3)
    assert (await fleet.ask(log, PauseAsked())).accepted
    await open_gate(fleet.settings)
    await fleet.wait_for(log, StepDone, 2)
    planned = (await fleet.wait_for(log, RunPlanned, 2)).event
    assert isinstance(planned, RunPlanned)
    first, _, one, two, _ = planned.steps
    changed = msgspec.structs.replace(two, goal="two, and mind the sign", accept=Acceptance())
    assert (await fleet.ask(log, EditAsked(revision=2, steps=(first, one, changed), by="ann"))).accepted
    assert (await fleet.ask(log, ResumeAsked())).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    again, _ = await asyncio.gather(assert_identical(fleet, log), open_gate(fleet.settings))
    assert [len(event.steps) for event in await fleet.events(again) if isinstance(event, RunPlanned)] == [1, 5, 3]


async def test_a_retry_repeats_when_its_step_has_failed_again(start_fleet, make_repo, tmp_path) -> None:
    """The failure is one that a pause kept from being tried again; the person asked for it before the run went on."""
    fleet = await start_fleet(("orchestrator",), pools=("shaky",))
    async with shaky(fleet):
        log = await fleet.submit(RunSubmitted(task="t", role="shaky"))
        await fleet.wait_for(log, StepStarted)
        assert (await fleet.ask(log, PauseAsked())).accepted
        await fleet.wait_for(log, StepFailed)
        assert (await fleet.ask(log, RetryAsked(step="main", by="ann"))).accepted
        assert (await fleet.ask(log, ResumeAsked())).accepted
        assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
        again = await assert_identical(fleet, log)
    assert [event.round for event in await fleet.events(again) if isinstance(event, StepStarted)] == [1, 2]


async def test_a_replay_that_comes_out_differently_says_where(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    stamped = [[bash("true")], [bash("date +%N > stamp"), edit("add.py", "a - b", "a + b")], [submit()]]
    script = transcript(tmp_path, main=stamped)
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    assert (await fleet.finished(log)).status == "succeeded"
    again, found = await replayed(fleet, log)
    assert not found["identical"]
    assert (found["difference"]["step"], found["difference"]["turn"]) == ("main", 2)
    assert found["difference"]["field"].startswith("checkpoint.")
    finished = (await fleet.wait_for(again, RunFinished)).event
    assert isinstance(finished, RunFinished)
    assert finished.failure
    assert finished.failure.code is FailureCode.REPLAY_DIVERGED
    assert "Step main, turn 2" in finished.failure.message


async def test_a_cancelled_run_repeats_as_far_as_it_got_and_a_running_one_cannot(
    start_fleet, make_repo, tmp_path
) -> None:
    fleet = await start_fleet(ONE)
    script = transcript(tmp_path, main=[[edit("add.py", "a - b", "a * b")], [bash("sleep 600")]])
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    await fleet.wait_for(log, ModelAnswered, 2)
    code, _, err = await mycoder(fleet, "replay", log.run)
    assert code == 2
    assert "has not finished" in err
    await append(fleet.client, log.ask("cancel"), CancelAsked(by="ann", reason="enough"))
    assert (await fleet.finished(log)).status == "cancelled"
    again = await assert_identical(fleet, log)
    assert (await fleet.finished(again)).status == "cancelled"


async def test_memory_and_long_conversations_repeat(start_fleet, make_repo, tmp_path) -> None:
    """Notes have moved on by the time of the replay, which writes none; turns are left out where they were."""
    fleet = await start_fleet((*ONE, "memory"))
    note = ("memory", {"action": "put", "scope": "project", "key": "tip", "text": "mind the sign"})
    look = ("memory", {"action": "get", "scope": "project", "key": "tip"})
    talk = [[bash(f"yes {n} | head -c 29000")] * 3 for n in range(6)]
    script = transcript(tmp_path, main=[[look, note], *talk, *REPAIRED])
    submission = RunSubmitted(task="t", model=f"scripted:{script}", project="shop")
    log = await fleet.submit(submission, make_repo(FAULTY))
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    again = await assert_identical(fleet, log)
    then, now = [[e for e in await fleet.events(of) if isinstance(e, StepSteered | StepTurn)] for of in (log, again)]
    assert [type(event) for event in then] == [type(event) for event in now]
    assert any(isinstance(event, StepSteered) and event.action == "condense" for event in now)
    said = [result.output for event in now[:1] if isinstance(event, StepTurn) for result in event.results]
    assert "There is no 'tip'" in said[0]
    assert "as version" in said[1]
