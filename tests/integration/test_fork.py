"""Going on from another run: what it did counts, and one of its steps begins anew or at one of its turns."""

from fleet_support import RunningFleet
from replay_support import FAULTY, ONE, SHOP, TEAM, bash, edit, mycoder, submit, transcript

from mycoderai.schemas.events import Fork, ModelAnswered, RunSubmitted, StepReady, StepTurn
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log


async def kinds_of_step(fleet: RunningFleet, log: Log, kind: type) -> list[str]:
    return [found.subject.step for found in await fleet.recorded(log) if isinstance(found.event, kind)]


async def forked(fleet: RunningFleet, log: Log, where: str, model: str) -> Log:
    code, objects, err = await mycoder(fleet, "fork", log.run, "--from", where, "--model", model)
    assert code == 0, err or objects
    return Log(objects[-1]["run"])


async def test_from_a_turn_on_another_model_goes_on_and_that_run_repeats_too(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    first = transcript(
        tmp_path, main=[[bash("echo seen > note")], [edit("add.py", "a - b", "a / b")], [("give_up", {"reason": "no"})]]
    )
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{first}"), make_repo(FAULTY))
    assert (await fleet.finished(log)).status == "failed"
    second = transcript(
        tmp_path, main=[[bash("exit 9")], [bash("exit 9")], [edit("add.py", "a / b", "a + b")], [submit()]]
    )
    fork = await forked(fleet, log, "main:2", f"scripted:{second}")
    assert await kinds_of_step(fleet, fork, ModelAnswered) == ["main", "main"], "turns 1 and 2 are not asked again"
    then, now = [[event for event in await fleet.events(of) if isinstance(event, StepTurn)] for of in (log, fork)]
    assert [turn.message for turn in now[:2]] == [turn.message for turn in then[:2]]
    assert [turn.turn for turn in now] == [1, 2, 3, 4]
    assert (await fleet.finished(fork)).status == "succeeded", await fleet.story(fork)
    for path in (first, second):
        path.unlink()
    code, (*_, found), err = await mycoder(fleet, "replay", fork.run)
    assert code == 0, err or found


async def test_steps_before_the_one_forked_from_are_not_run_again(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(TEAM)
    plan = [
        {"id": "fix", "role": "coder", "goal": "fix", "accept": {"check": "no_regression"}},
        {"id": "rest", "role": "coder", "goal": "rest", "needs": ["fix"], "accept": {"check": "suite"}},
    ]
    rest = [[bash("true")], [edit("limits.py", "0, 0", "0, 9")], [submit("rest")]]
    fix = [[edit("add.py", "a - b", "a + b")], [submit("fix")]]
    script = transcript(tmp_path, plan=[[("plan", {"steps": plan})]], fix=fix, rest=rest)
    log = await fleet.submit(RunSubmitted(task="t", role="planner", model=f"scripted:{script}"), make_repo(SHOP))
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    other = transcript(tmp_path, rest=[[], [edit("limits.py", "0, 0", "3, 4")], [submit("otherwise")]])
    script.unlink()
    fork = await forked(fleet, log, "rest:1", f"scripted:{other}")
    finished = await fleet.finished(fork)
    assert finished.status == "succeeded", await fleet.story(fork)
    assert finished.summary == "fix; otherwise"
    assert await kinds_of_step(fleet, fork, StepReady) == ["rest"]
    assert await kinds_of_step(fleet, fork, ModelAnswered) == ["rest", "rest"]


async def test_what_cannot_be_forked_is_refused_with_the_reason(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    script = transcript(tmp_path, main=[[("give_up", {"reason": "no"})]])
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    await fleet.finished(log)
    submission = next(event for event in await fleet.events(log) if isinstance(event, RunSubmitted))
    cases = [
        (Fork(run=log.run, step="nowhere"), "has no step 'nowhere'. Its steps: main."),
        (Fork(run=log.run, step="main", turn=7), f"Step main of run {log.run} has 1 turns, not 7."),
        (Fork(run=new_id(), step="main"), "has no step 'main'. Its steps: none."),
    ]
    for fork, reason in cases:
        refused = await fleet.submit(RunSubmitted(task="t", repository=submission.repository, fork=fork))
        failure = (await fleet.finished(refused)).failure
        assert failure
        assert failure.code is FailureCode.BAD_SUBMISSION
        assert reason in failure.message
    for where in ("nowhere", "main:7"):
        code, _, err = await mycoder(fleet, "fork", log.run, "--from", where)
        assert code == 2
        assert where.partition(":")[0] in err
