"""A planned run, decided by the pure core: proposals, approval, conflicts, reviews, failures, edits and asks."""

import random
from typing import Any

import msgspec
import pytest

from mycoderai.schemas.events import (
    AnyEvent,
    ApproveAsked,
    AskHeard,
    DenyAsked,
    EditAsked,
    EvidenceRecorded,
    MessageAsked,
    PauseAsked,
    Question,
    Recorded,
    ResumeAsked,
    RetryAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReady,
    StepStarted,
    StepWaiting,
)
from mycoderai.schemas.execution import Checkpoint, Evidence, Isolation, Repository, TestCounts
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.plan import Acceptance, StepSpec
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.core.decide import decide
from mycoderai.workers.core.run import RunState, StepStatus, evolve

POOLS = frozenset({"planner", "coder", "tester", "reviewer", "resolver"})
PART = Acceptance(check="no_regression")


def spec(id_: str, *needs: str, role: str = "coder", check: str = "no_regression") -> StepSpec:
    return StepSpec(id=id_, role=role, goal=id_, needs=needs, accept=Acceptance(check=check))  # type: ignore[arg-type]


TWO = (spec("a"), spec("b"), spec("all", "a", "b", role="tester", check="suite"))


class Run:
    """A log under construction. What is decided is appended at once; a test plays the workers and the people."""

    def __init__(self, **changes: Any) -> None:
        self.state = RunState()
        self.seq = 0
        self.log: list[AnyEvent] = []
        self.add(RunSubmitted(**{"task": "t", "role": "planner", "repository": Repository(path="/r")} | changes))

    def add(self, event: AnyEvent, step: str = "") -> int:
        tag = str(event.__struct_config__.tag)
        family = {"step.ready": "ready", "evidence.recorded": "proof"}.get(tag, tag.split(".")[0])
        self.seq += 1
        self.log.append(event)
        subject = EventSubject(0, "r", family, "coder" if step else "", step, "x")
        self.state = evolve(self.state, Recorded(seq=self.seq, time="", subject=subject, event=event))
        return self.seq

    def settle(self) -> list[AnyEvent]:
        appended: list[AnyEvent] = []
        while decided := decide("r", self.state, POOLS):
            for event in decided:
                self.add(event, event.spec.id if isinstance(event, StepReady) else "")
            appended += decided
        return appended

    def start(self, step: str) -> None:
        self.add(StepStarted(attempt=self.state.steps[step].attempt + 1, worker="w"), step)

    def done(self, step: str, *, code: bool = True, **fields: Any) -> list[AnyEvent]:
        self.start(step)
        state = self.state.steps[step]
        if code:
            result = Checkpoint(commit=f"c-{step}", tree=f"t-{step}")
            counts = TestCounts(passed=1, total=1)
            proof = Evidence(
                id=f"e-{step}",
                tree=result.tree,
                commit=result.commit,
                base_tree="t0",
                command="pytest",
                exit_code=0,
                tests=counts,
                check=state.spec.accept.check,
                isolation=Isolation(level="bwrap"),
            )
            self.add(EvidenceRecorded(evidence=proof), step)
            fields |= {"result": result, "evidence": proof.id}
        self.add(StepDone(attempt=state.attempt, **fields), step)
        return self.settle()

    def fail(self, step: str, reason: Failure) -> list[AnyEvent]:
        self.start(step)
        self.add(StepFailed(attempt=self.state.steps[step].attempt, failure=reason), step)
        return self.settle()

    def park(self, step: str, **fields: Any) -> list[AnyEvent]:
        self.start(step)
        question = Question(**{"id": f"{step}-q", "kind": "question", "text": "?"} | fields)
        self.add(StepWaiting(attempt=self.state.steps[step].attempt, question=question), step)
        return self.settle()

    def ask(self, event: Any) -> tuple[AskHeard, list[AnyEvent]]:
        seq = self.add(event)
        decided = self.settle()
        (word,) = [e for e in decided if isinstance(e, AskHeard) and e.ask == seq]
        return word, [e for e in decided if e is not word]


def planned(plan: tuple[StepSpec, ...] = TWO, **changes: Any) -> Run:
    run = Run(**changes)
    run.settle()
    run.done("plan", code=False, plan=plan)
    return run


def ready(events: list[AnyEvent]) -> list[str]:
    return [event.spec.id for event in events if isinstance(event, StepReady)]


def finished(events: list[AnyEvent]) -> RunFinished:
    (event,) = [event for event in events if isinstance(event, RunFinished)]
    return event


def test_a_proposal_becomes_the_plan_and_independent_steps_start_together() -> None:
    run = Run()
    assert ready(run.settle()) == ["plan"]
    assert ready(run.done("plan", code=False, plan=TWO)) == ["a", "b"]
    assert list(run.state.steps) == ["plan", "a", "b", "all"]


def test_a_step_begins_at_the_results_of_all_it_needs_and_the_last_one_s_is_the_run_s() -> None:
    run = planned()
    run.done("a")
    (last,) = [e for e in run.done("b") if isinstance(e, StepReady)]
    assert [start.commit for start in last.start] == ["c-a", "c-b"]
    end = finished(run.done("all"))
    assert (end.status, end.result and end.result.commit) == ("succeeded", "c-all")


def test_no_more_than_max_parallel_run_at_once() -> None:
    run = planned(tuple(spec(f"s{n}") for n in range(5)), max_parallel=2)
    assert [s for s, state in run.state.steps.items() if state.status is StepStatus.READY] == ["s0", "s1"]
    assert ready(run.done("s0")) == ["s2"]


def test_a_run_gets_no_more_than_its_share_whatever_it_asks_for() -> None:
    run = Run(max_parallel=1000)
    run.settle()
    run.add(RunPlanned(revision=2, steps=tuple(spec(f"s{n}", check="none") for n in range(1000))))
    decided = decide("r", run.state, POOLS, steps_per_run=32)
    assert [event.spec.id for event in decided if isinstance(event, StepReady)] == [f"s{n}" for n in range(32)]
    for event in decided:
        run.add(event, event.spec.id if isinstance(event, StepReady) else "")
    assert decide("r", run.state, POOLS, steps_per_run=32) == [], "32 wait in the queue"
    run.start("s0")
    assert decide("r", run.state, POOLS, steps_per_run=32) == [], "a step at work counts too: nothing tells it began"
    run.add(StepDone(attempt=1), "s0")
    (next_one,) = decide("r", run.state, POOLS, steps_per_run=32)
    assert isinstance(next_one, StepReady)
    assert next_one.spec.id == "s32"


def test_a_share_that_is_larger_gives_no_more_than_was_asked_for() -> None:
    run = planned(tuple(spec(f"s{n}") for n in range(5)), max_parallel=2)
    assert decide("r", run.state, POOLS, steps_per_run=32) == []


def test_a_coder_may_split_its_own_work() -> None:
    run = Run(role="coder")
    run.settle()
    assert ready(run.done("main", code=False, plan=TWO)) == ["a", "b"]
    run.done("a")
    run.done("b")
    assert finished(run.done("all")).status == "succeeded"


def test_a_hostile_plan_ends_the_run() -> None:
    run = Run()
    run.settle()
    reason = finished(run.done("plan", code=False, plan=(spec("a", "b"), spec("b", "a")))).failure
    assert reason
    assert reason.code is FailureCode.BAD_PLAN


def test_a_step_of_a_plan_may_not_plan_on() -> None:
    run = planned()
    reason = finished(run.done("a", code=False, plan=(spec("b2"),))).failure
    assert reason
    assert reason.code is FailureCode.BAD_PLAN


def test_roles_of_the_repository_are_worked_on_by_coders() -> None:
    run = planned((spec("a", role="docs-writer", check="suite"),), roles=("docs-writer",))
    assert run.state.steps["a"].spec.taken_by == "coder"


def test_a_plan_waits_for_approval_and_the_first_answer_counts() -> None:
    run = planned(approve="plan")
    assert run.settle() == []
    word, more = run.ask(ApproveAsked(question="plan-2", by="ann"))
    assert (word.accepted, ready(more)) == (True, ["a", "b"])
    word, more = run.ask(DenyAsked(question="plan-2", by="bob"))
    assert (word.accepted, more) == (False, [])
    assert "approved by ann" in word.reason


def test_a_denied_plan_is_made_anew_with_what_the_person_said() -> None:
    run = planned(approve="plan")
    _, more = run.ask(DenyAsked(question="plan-2", text="smaller steps", by="ann"))
    assert ready(more) == ["plan-2"]
    assert "smaller steps" in run.state.steps["plan-2"].spec.goal
    assert list(run.state.steps) == ["plan", "plan-2"]


def test_a_plan_denied_without_a_word_ends_the_run() -> None:
    run = planned(approve="plan")
    _, more = run.ask(DenyAsked(question="plan-2", by="ann"))
    reason = finished(more).failure
    assert reason
    assert reason.code is FailureCode.DENIED


def test_a_conflict_becomes_a_step_that_resolves_it() -> None:
    run = planned()
    run.done("a")
    run.done("b")
    assert ready(run.fail("all", failure(FailureCode.MERGE_CONFLICT, "x.py"))) == ["resolve-all"]
    resolver = run.state.steps["resolve-all"].spec
    assert (resolver.role, resolver.needs, resolver.accept.check) == ("resolver", ("a", "b"), "suite")
    assert ready(run.done("resolve-all")) == ["all"]
    assert finished(run.done("all")).status == "succeeded"


def test_a_failed_step_is_planned_anew_and_what_is_done_is_kept() -> None:
    run = planned()
    run.done("a")
    assert ready(run.fail("b", failure(FailureCode.BEYOND_MODEL))) == ["plan-2"]
    assert list(run.state.steps) == ["plan", "a", "plan-2"]
    again = (spec("b", "a"), spec("all", "b", role="tester", check="suite"))
    assert ready(run.done("plan-2", code=False, plan=again)) == ["b-2"]  # the log of b is there already
    assert run.state.steps["all"].spec.needs == ("b-2",)
    run.done("b-2")
    assert finished(run.done("all")).status == "succeeded"


def test_a_step_that_was_taken_out_after_it_had_started_does_not_come_back_under_its_name() -> None:
    run = planned()
    run.start("a")
    run.ask(EditAsked(revision=2, steps=tuple(run.state.steps[id_].spec for id_ in ("plan", "b"))))
    assert "a" not in run.state.steps
    heard, _ = run.ask(
        EditAsked(revision=run.state.revision, steps=(*(it.spec for it in run.state.steps.values()), spec("a")))
    )
    assert not heard.accepted
    assert "another name" in heard.reason


def test_planning_anew_has_an_end() -> None:
    run = planned((spec("a", check="suite"),))
    for number in range(2, 20):
        end = run.fail("a" if number == 2 else f"a{number}", failure(FailureCode.BEYOND_MODEL))
        if any(isinstance(e, RunFinished) for e in end):
            break
        run.done(f"plan-{number}", code=False, plan=(spec(f"a{number + 1}", check="suite"),))
    assert number == 4


def test_a_review_that_asks_for_changes_is_followed_by_them_and_another_review() -> None:
    look = spec("look", "all", role="reviewer", check="none")
    run = planned((*TWO, look))
    run.done("a")
    run.done("b")
    run.done("all")
    more = run.done("look", code=False, summary="rename f", verdict="changes")
    (fix,) = [e for e in more if isinstance(e, StepReady)]
    assert (fix.spec.id, [s.commit for s in fix.start]) == ("fix-review", ["c-all"])
    assert "rename f" in fix.spec.goal
    assert ready(run.done("fix-review")) == ["look-2"]
    end = finished(run.done("look-2", code=False, verdict="accept"))
    assert end.result
    assert end.result.commit == "c-fix-review"


def test_a_reviewer_is_not_never_satisfied() -> None:
    run = planned((spec("a", check="suite"), spec("look", "a", role="reviewer", check="none")))
    run.done("a")
    events = run.done("look", code=False, verdict="changes", summary="no")
    for number in ("", "-2", "-3"):
        if any(isinstance(e, RunFinished) for e in events):
            break
        run.done(f"fix-review{number}")
        events = run.done([id_ for id_ in run.state.steps if id_.startswith("look")][-1], code=False, verdict="changes")
    assert finished(events).failure.code is FailureCode.REVIEW_REJECTED  # type: ignore[union-attr]


def test_a_parked_step_goes_on_in_the_same_round_with_the_answer() -> None:
    run = planned()
    assert run.park("a") == []
    word, more = run.ask(ApproveAsked(question="a-q", text="blue", by="ann"))
    assert word.accepted
    (again,) = [e for e in more if isinstance(e, StepReady)]
    assert (again.spec.id, again.round, again.answer and again.answer.text) == ("a", 1, "blue")
    run.start("a")
    assert run.state.steps["a"].status is StepStatus.RUNNING


def test_a_message_to_a_step_that_asked_is_its_answer() -> None:
    run = planned()
    run.park("a")
    _, more = run.ask(MessageAsked(step="a", text="blue"))
    assert ready(more) == ["a"]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (MessageAsked(step="ghost", text="x"), "no step 'ghost'"),
        (MessageAsked(step="a", text="x", attempt=7), "moved on to attempt 1"),
        (MessageAsked(step="b", text="x"), "has ended"),
        (ApproveAsked(question="what"), "no question 'what'"),
        (ResumeAsked(), "not paused"),
        (RetryAsked(step="a"), "has not failed"),
        (EditAsked(revision=1, steps=TWO), "moved on to revision 2"),
        (EditAsked(revision=2, steps=()), "plan is done"),
        (EditAsked(revision=2, steps=(spec("plan"), spec("b"))), "plan is done"),
    ],
)
def test_an_ask_that_comes_too_late_or_makes_no_sense_is_refused_with_the_reason(ask: Any, says: str) -> None:
    run = planned()
    run.start("a")
    run.done("b")
    word, _ = run.ask(ask)
    assert not word.accepted
    assert says in word.reason


def test_nothing_starts_while_the_run_is_paused_and_paused_steps_go_on_with_it() -> None:
    run = planned()
    run.ask(PauseAsked(by="ann"))
    assert run.park("a", id="pause-1", kind="paused") == []
    assert run.done("b") == []
    word, more = run.ask(ResumeAsked())
    assert (word.accepted, ready(more)) == (True, ["a"])


def test_an_edit_replaces_what_has_not_started() -> None:
    run = planned()
    run.done("a")
    known = [state.spec for state in run.state.steps.values()]
    steps = (known[0], known[1], known[2], spec("c", "a"), spec("all", "a", "b", "c", role="tester", check="suite"))
    word, more = run.ask(EditAsked(revision=2, steps=steps, by="ann"))
    assert (word.accepted, ready(more)) == (True, ["c"])
    assert run.state.revision == 3


@pytest.mark.parametrize("change", ["changed", "taken out"])
def test_an_edit_of_a_step_that_was_made_ready_before_it_was_read_does_not_change_it(change: str) -> None:
    """Its worker has the step as it was; only to be stopped it is not too late."""
    run = planned((spec("a", check="none"), spec("all", "a", role="tester", check="suite")))
    plan, a, last = (state.spec for state in run.state.steps.values())
    other = msgspec.structs.replace(last, goal="look closer")
    edited = (plan, a, other) if change == "changed" else (plan, a, spec("look", "a", role="tester", check="suite"))
    run.start("a")
    run.add(StepDone(attempt=1), "a")
    seq = run.add(EditAsked(revision=2, steps=edited))
    run.add(StepReady(spec=last, submission=RunSubmitted(task="t")), "all")
    (word,) = [event for event in run.settle() if isinstance(event, AskHeard)]
    assert (word.ask, word.accepted) == (seq, change == "taken out")
    assert word.accepted or "step all has started" in word.reason


def test_an_edit_that_cannot_be_carried_out_is_refused() -> None:
    run = planned()
    known = tuple(state.spec for state in run.state.steps.values())
    word, more = run.ask(EditAsked(revision=2, steps=(*known, spec("c", "ghost"))))
    assert (word.accepted, more) == (False, [])
    assert "'ghost'" in word.reason


def test_a_false_claim_of_acceptance_ends_the_run() -> None:
    run = planned()
    run.start("a")
    result = Checkpoint(commit="c", tree="t")
    run.add(StepDone(attempt=1, result=result, evidence="none"), "a")
    assert finished(run.settle()).failure.code is FailureCode.GATE_REFUSED  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(150))
def test_every_planned_run_ends_and_no_finished_step_starts_again(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    run = Run(approve=dice.choice(["auto", "plan"]), max_parallel=dice.randint(1, 3))
    started: set[str] = set()
    for _ in range(300):
        for event in run.settle():
            if isinstance(event, StepReady):
                assert event.spec.id not in started, "a finished step was made ready again"
        if run.state.finished:
            return
        _play(run, dice)
        started = {id_ for id_, step in run.state.steps.items() if step.status is StepStatus.DONE}
    raise AssertionError(f"no end: {run.state}")


def _play(run: Run, dice: random.Random) -> None:
    """One thing that workers or people could do next."""
    if run.state.waits:
        verb = dice.choice([ApproveAsked, ApproveAsked, DenyAsked])
        run.add(verb(question=run.state.plan_question, text=dice.choice(["", "other"])))
        return
    if run.state.paused and dice.random() < 0.5:
        run.add(ResumeAsked())
    if dice.random() < 0.1:
        run.add(PauseAsked())
    waiting = [s.question.id for s in run.state.steps.values() if s.question]
    if waiting:
        run.add(ApproveAsked(question=dice.choice(waiting)))
    at_work = [s for s, state in run.state.steps.items() if state.status in (StepStatus.READY, StepStatus.RUNNING)]
    if not at_work:
        return
    step = dice.choice(at_work)
    role = run.state.steps[step].spec.role
    match dice.randint(0, 9):
        case 0:
            run.fail(step, failure(FailureCode.BEYOND_MODEL))
        case 1 if len(run.state.steps[step].spec.needs) > 1:
            run.fail(step, failure(FailureCode.MERGE_CONFLICT))
        case 2:
            run.park(step, id=f"{step}-{run.seq}")
        case _ if role == "planner":
            names = [f"x{n}" for n in range(dice.randint(1, 4))]
            run.done(step, code=False, plan=tuple(spec(n, *names[:i][-1:]) for i, n in enumerate(names)))
        case _:
            run.done(step)
