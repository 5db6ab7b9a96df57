"""The orchestrator's pure core, under every interleaving hypothesis can think of."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.schemas.events import (
    AnyEvent,
    CancelAsked,
    EvidenceRecorded,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReady,
    StepSpec,
    StepStarted,
)
from mycoderai.schemas.execution import Checkpoint, Evidence, Isolation, Repository, TestCounts
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.core.decide import decide
from mycoderai.workers.core.run import RunState, StepStatus, evolve, fold
from mycoderai.workers.core.state import MAX_ROUNDS

RUN = "r1"
POOLS = frozenset({"coder", "noop"})


class History:
    """A log under construction: what the orchestrator decides is appended at once, the world adds the rest."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.state = RunState()

    def add(self, event: AnyEvent, step: str = "") -> None:
        family = {"run": "run", "step": "step", "ask": "ask"}.get(event.__struct_config__.tag.split(".")[0], "proof")
        family = "ready" if isinstance(event, StepReady) else family
        subject = EventSubject(0, RUN, family, "coder" if step else "", step, "x")
        self.events.append(Recorded(seq=len(self.events) + 1, time="", subject=subject, event=event))
        self.state = evolve(self.state, self.events[-1])

    def settle(self) -> list[AnyEvent]:
        decided = decide(RUN, self.state, POOLS)
        for event in decided:
            self.add(event, event.spec.id if isinstance(event, StepReady) else "")
        return list(decided)


def submitted(**changes: object) -> RunSubmitted:
    return RunSubmitted(task="make it green", **changes)  # type: ignore[arg-type]


def evidence(commit: str, tree: str, *, failed: int = 0) -> Evidence:
    counts = TestCounts(passed=3, failed=failed, total=3 + failed)
    return Evidence(
        id="e1",
        tree=tree,
        commit=commit,
        base_tree="t0",
        command="pytest",
        exit_code=int(failed > 0),
        tests=counts,
        isolation=Isolation(level="bwrap"),
    )


def test_a_submission_becomes_a_plan_of_one_step_that_is_ready() -> None:
    history = History()
    history.add(submitted())
    plan, ready = history.settle()
    assert isinstance(plan, RunPlanned)
    assert isinstance(ready, StepReady)
    assert ready.spec == plan.steps[0]
    assert ready.submission.task == "make it green"


def test_an_unknown_role_ends_the_run_with_the_roles_there_are() -> None:
    history = History()
    history.add(submitted(role="wizard"))
    (finished,) = history.settle()
    assert isinstance(finished, RunFinished)
    assert finished.failure
    assert finished.failure.code == FailureCode.UNKNOWN_ROLE
    assert "coder, noop" in finished.failure.message


def test_done_is_believed_only_with_evidence_for_the_very_tree_and_commit() -> None:
    result = Checkpoint(commit="c1", tree="t1")
    for proof in (None, evidence("c1", "other"), evidence("other", "t1"), evidence("c1", "t1", failed=1)):
        history = History()
        history.add(submitted(repository=Repository(path="/r")))
        history.settle()
        history.add(StepStarted(attempt=1, worker="w"), "main")
        if proof:
            history.add(EvidenceRecorded(evidence=proof), "main")
        history.add(StepDone(attempt=1, result=result, evidence="e1"), "main")
        (finished,) = history.settle()
        assert isinstance(finished, RunFinished)
        assert finished.status == "failed"
        assert finished.failure
        assert finished.failure.code == FailureCode.GATE_REFUSED


def test_done_with_evidence_succeeds_and_names_branch_and_commit() -> None:
    history = History()
    history.add(submitted(repository=Repository(path="/r")))
    history.settle()
    history.add(StepStarted(attempt=1, worker="w"), "main")
    history.add(EvidenceRecorded(evidence=evidence("c1", "t1")), "main")
    history.add(StepDone(attempt=1, result=Checkpoint(commit="c1", tree="t1"), evidence="e1"), "main")
    (finished,) = history.settle()
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.branch) == ("succeeded", f"mycoder/{RUN}")
    assert finished.result == Checkpoint(commit="c1", tree="t1")
    assert finished.evidence == evidence("c1", "t1")


def test_a_fenced_attempt_cannot_end_the_step() -> None:
    history = History()
    history.add(submitted(role="noop"))
    history.settle()
    history.add(StepStarted(attempt=1, worker="w"), "main")
    history.add(StepStarted(attempt=2, worker="v"), "main")
    history.add(StepDone(attempt=1), "main")
    assert history.state.steps["main"].status is StepStatus.RUNNING
    assert history.settle() == []


def test_a_retryable_failure_is_tried_again_and_ends_after_the_last_round() -> None:
    history = History()
    history.add(submitted(role="noop"))
    history.settle()
    failure = Failure(code=FailureCode.HANDLER_ERROR, message="boom", retryable=True)
    for attempt in range(1, MAX_ROUNDS + 1):
        history.add(StepStarted(attempt=attempt, round=attempt, worker="w"), "main")
        history.add(StepFailed(attempt=attempt, failure=failure), "main")
        decided = history.settle()
        assert isinstance(decided[0], StepReady if attempt < MAX_ROUNDS else RunFinished)


def test_cancel_ends_a_run_at_once_and_nothing_follows() -> None:
    history = History()
    history.add(submitted())
    history.settle()
    history.add(CancelAsked(by="me"))
    (finished,) = history.settle()
    assert isinstance(finished, RunFinished)
    assert finished.status == "cancelled"
    history.add(StepDone(attempt=1), "main")
    assert history.settle() == []


@st.composite
def plans(draw: st.DrawFn) -> RunPlanned:
    count = draw(st.integers(1, 8))
    steps = []
    for index in range(count):
        needs = draw(st.sets(st.sampled_from([f"s{i}" for i in range(index)]), max_size=3)) if index else set()
        steps.append(StepSpec(id=f"s{index}", role="noop", goal="g", needs=tuple(sorted(needs))))
    return RunPlanned(steps=tuple(draw(st.permutations(steps))))


@given(plan=plans(), parallel=st.integers(1, 4), data=st.data())
@settings(max_examples=100)
def test_every_legal_interleaving_ends_and_no_finished_step_runs_again(
    plan: RunPlanned, parallel: int, data: st.DataObject
) -> None:
    history = History()
    history.add(submitted(role="noop", max_parallel=parallel))
    history.add(plan)
    finished_steps: list[str] = []
    for moves in range(200):
        decided = history.settle()
        assert decide(RUN, history.state, POOLS) == [], "deciding again must yield nothing"
        for event in decided:
            if isinstance(event, StepReady):
                assert event.spec.id not in finished_steps
                assert set(event.spec.needs) <= set(finished_steps)
        state = history.state
        if state.finished:
            break
        active = [s for s in state.steps.values() if s.status in (StepStatus.READY, StepStatus.RUNNING)]
        assert 1 <= len(active) <= parallel
        step = data.draw(st.sampled_from(active))
        move = data.draw(st.sampled_from(["start", "done", "done", "fail"])) if moves < 40 else "done"
        if step.status is StepStatus.READY or move == "start":
            history.add(StepStarted(attempt=step.attempt + 1, round=step.round, worker="w"), step.spec.id)
        elif move == "done":
            history.add(StepDone(attempt=step.attempt), step.spec.id)
            finished_steps.append(step.spec.id)
        elif move == "fail":
            failure = Failure(code=FailureCode.HANDLER_ERROR, message="x", retryable=data.draw(st.booleans()))
            history.add(StepFailed(attempt=step.attempt, failure=failure), step.spec.id)
    assert history.state.finished
    if history.state.finished.status == "succeeded":
        assert sorted(finished_steps) == sorted(spec.id for spec in plan.steps)


@given(cut=st.integers(0, 6))
def test_folding_in_two_parts_is_folding_at_once(cut: int) -> None:
    history = History()
    history.add(submitted(role="noop"))
    history.settle()
    history.add(StepStarted(attempt=1, worker="w"), "main")
    history.add(StepDone(attempt=1), "main")
    history.settle()
    assert fold(history.events[cut:], fold(history.events[:cut])) == fold(history.events)


def test_an_event_for_an_unknown_step_changes_nothing_but_the_sequence() -> None:
    history = History()
    history.add(submitted())
    before = history.state
    history.add(StepDone(attempt=1), "ghost")
    after = evolve(before, history.events[-1])
    assert after.steps == before.steps
    assert after.last_seq == before.last_seq + 1
