"""A run's log is its cassette: played again without a model it makes the same log, or says where it does not."""

import asyncio
from typing import Any

from fleet_support import RunningFleet
from replay_support import FAULTY, ONE, REPAIRED, SHOP, TEAM, ask, bash, edit, mycoder, submit, transcript

from mycoderai.broker.log import append
from mycoderai.schemas.events import (
    ApproveAsked,
    CancelAsked,
    MessageAsked,
    ModelAnswered,
    PauseAsked,
    ResumeAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepFailed,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.subjects import Log


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
    assert (await ask(fleet, log, ApproveAsked(question="plan-2", by="ann"))).accepted
    waiting = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(waiting, StepWaiting)
    assert not (await ask(fleet, log, ApproveAsked(question="plan-7", by="ann"))).accepted
    assert (await ask(fleet, log, ApproveAsked(question=waiting.question.id, text="the sum", by="bob"))).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    script.unlink()
    again = await assert_identical(fleet, log)
    failures = [event.failure.code for event in await fleet.events(again) if isinstance(event, StepFailed)]
    assert failures == [FailureCode.MERGE_CONFLICT]


async def test_messages_are_heard_where_they_were_and_pauses_are_only_time(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    turns = [[bash("sleep 1")], [bash("true")], [edit("add.py", "a - b", "a + b")], [submit()], [submit()]]
    script = transcript(tmp_path, main=turns)
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    await fleet.wait_for(log, StepStarted)
    assert (await ask(fleet, log, MessageAsked(step="main", text="last of all", when="after", by="ann"))).accepted
    assert (await ask(fleet, log, MessageAsked(step="main", text="mind the sign", by="ann"))).accepted
    assert (await ask(fleet, log, PauseAsked())).accepted
    await fleet.wait_for(log, StepWaiting)
    assert (await ask(fleet, log, ResumeAsked())).accepted
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    again = await assert_identical(fleet, log)
    heard = {e.turn: [word.text for word in e.heard] for e in await fleet.events(again) if isinstance(e, StepTurn)}
    assert [text for texts in heard.values() for text in texts] == ["mind the sign", "last of all"]
    assert heard[5] == ["last of all"]


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
    script = transcript(tmp_path, main=[[edit("add.py", "a - b", "a * b")], [bash("sleep 60")]])
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
