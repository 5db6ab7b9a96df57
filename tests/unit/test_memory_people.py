"""What waits for a person, what became of what people asked, and plans that change: as memory tells it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings

from mycoderai.broker.log import Raw
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    ApproveAsked,
    AskHeard,
    EditAsked,
    MessageAsked,
    Question,
    RunFinished,
    RunPlanned,
    StepFailed,
    StepOpened,
    StepReady,
    StepSpec,
    StepStarted,
    StepSteered,
    StepWaiting,
    encode,
)
from mycoderai.schemas.memory import GetRun, Inbox, OpenQuestions, RunDetail
from mycoderai.schemas.plan import Acceptance
from mycoderai.workers.core.run import fold
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_logs import BASE, BROKEN, MAY_I, RUN, SPEC, SUBMITTED, batch, lives, stored

REVIEW = StepSpec(id="review", role="reviewer", goal="look", needs=("solve",), accept=Acceptance(check="none"))
SOLVE = "ready.coder.solve"


def events(*named: tuple[str, AnyEvent]) -> list[Raw]:
    return stored((f"evt.0.{RUN.run}.{place}", encode(event)) for place, event in named)


def planned(*steps: StepSpec, revision: int = 1, waits: bool = False) -> tuple[str, AnyEvent]:
    return "run.planned", RunPlanned(steps=steps, revision=revision, waits=waits, reason="as asked")


def step(type_: str, event: AnyEvent) -> tuple[str, AnyEvent]:
    return f"step.coder.solve.{type_}", event


SUBMIT = ("run.submitted", SUBMITTED)
READY = (SOLVE, StepReady(spec=SPEC, submission=SUBMITTED))
STARTED = step("started", StepStarted(attempt=1, worker="host:1"))
WAITING = step("waiting", StepWaiting(attempt=1, question=MAY_I))
PARKED = (SUBMIT, planned(SPEC), READY, STARTED, WAITING)


@contextmanager
def memory(raws: list[Raw]) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(db)
        apply_batch(db, batch(raws))
        db.row_factory = sqlite3.Row
        yield db
    finally:
        db.close()


def detail(*named: tuple[str, AnyEvent]) -> RunDetail:
    with memory(events(*named)) as db:
        found = answer(db, GetRun(run=RUN.run))
        assert isinstance(found, RunDetail)
        assert found.questions == _inbox(db)
        return found


def _inbox(db: sqlite3.Connection) -> object:
    found = answer(db, Inbox())
    assert isinstance(found, OpenQuestions)
    return found.questions


def test_a_step_that_waits_is_in_the_inbox() -> None:
    found = detail(*PARKED)
    (solve,) = found.steps
    assert (solve.state, [line.outcome for line in solve.attempts]) == ("waiting", ["waiting"])
    (open_,) = found.questions
    assert (open_.run, open_.step, open_.question, open_.task) == (RUN.run, "solve", MAY_I, SUBMITTED.task)
    assert open_.since.startswith("2026-01-31T10:00:05")


ANSWERED = (SOLVE, StepReady(spec=SPEC, submission=SUBMITTED, answer=Answer(question=MAY_I.id)))
ENDINGS: dict[str, tuple[tuple[str, AnyEvent], ...]] = {
    "an answer makes it ready in the same round": (ANSWERED,),
    "another attempt took it": (step("started", StepStarted(attempt=2, worker="host:2")),),
    "it failed": (step("failed", StepFailed(attempt=1, failure=BROKEN)),),
    "a new plan does without it": (planned(REVIEW, revision=2),),
    "the run ended": (("run.finished", RunFinished(status="cancelled")),),
    "the orchestrator heard the approval": (
        ("ask.approve", ApproveAsked(question=MAY_I.id)),
        ("run.heard", AskHeard(ask=6, accepted=True)),
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_question_is_open_until(ending: tuple[tuple[str, AnyEvent], ...]) -> None:
    assert detail(*PARKED, *ending).questions == ()


def test_a_refused_approval_leaves_the_question_open() -> None:
    asked = ("ask.approve", ApproveAsked(question=MAY_I.id, by="ada"))
    found = detail(*PARKED, asked, ("run.heard", AskHeard(ask=6, accepted=False, reason="too late")))
    assert len(found.questions) == 1
    (ask,) = found.asks
    assert (ask.seq, ask.what, ask.question, ask.accepted, ask.answer) == (6, "approve", MAY_I.id, False, "too late")


def test_a_message_answers_what_a_step_asked_in_words() -> None:
    asks = StepWaiting(attempt=1, question=Question(id="q", kind="question", text="Which one?"))
    said = ("ask.message", MessageAsked(step="solve", text="the first", by="ada"))
    before = (SUBMIT, planned(SPEC), READY, STARTED, step("waiting", asks), said)
    assert len(detail(*before).questions) == 1
    assert detail(*before, ("run.heard", AskHeard(ask=6, accepted=True))).questions == ()


def test_a_plan_that_waits_is_a_question_until_it_is_approved_or_replaced() -> None:
    waits = (SUBMIT, planned(SPEC, waits=True))
    (open_,) = detail(*waits).questions
    assert (open_.step, open_.question.id, open_.question.kind) == ("", "plan-1", "plan")
    approved = (("ask.approve", ApproveAsked(question="plan-1")), ("run.heard", AskHeard(ask=3, accepted=True)))
    assert detail(*waits, *approved).questions == ()
    again = detail(*waits, planned(SPEC, revision=2, waits=True)).questions
    assert [open_.question.id for open_ in again] == ["plan-2"]


def test_steps_a_new_plan_does_without_are_dropped_and_do_not_come_back_by_themselves() -> None:
    late = step("failed", StepFailed(attempt=1, failure=BROKEN))
    found = detail(SUBMIT, planned(SPEC, REVIEW), READY, STARTED, planned(REVIEW, revision=2), late)
    assert [(line.step, line.state, line.revision) for line in found.steps] == [
        ("solve", "dropped", 1),
        ("review", "pending", 2),
    ]
    assert found.steps[0].attempts[0].outcome == "failed" or found.steps[0].attempts[0].outcome == "cancelled"
    assert (found.run.steps, found.revision) == (1, 2)


def test_an_older_plan_changes_nothing() -> None:
    found = detail(SUBMIT, planned(SPEC, revision=2), planned(REVIEW, revision=1))
    assert [line.step for line in found.steps] == ["solve"]


def test_a_failed_step_that_is_planned_otherwise_starts_anew() -> None:
    failed = (SUBMIT, planned(SPEC), READY, STARTED, step("failed", StepFailed(attempt=1, failure=BROKEN)))
    otherwise = StepSpec(id="solve", role="coder", goal="in another way")
    (same,) = detail(*failed, planned(SPEC, revision=2)).steps
    (anew,) = detail(*failed, planned(otherwise, revision=2)).steps
    assert (same.state, same.failure) == ("failed", BROKEN)
    assert (anew.state, anew.failure, anew.goal) == ("pending", None, "in another way")


def test_what_a_step_may_write_and_must_show_is_told() -> None:
    spec = StepSpec(id="solve", role="coder", goal="x", writes=("src/**",), accept=Acceptance(check="targets"))
    (line,) = detail(SUBMIT, planned(spec)).steps
    assert (line.writes, line.accept.check) == (("src/**",), "targets")


def test_what_was_in_a_prompt_and_where_a_step_changed_course_is_told() -> None:
    applied = ("memory: project/style: matches tests",)
    steered = StepSteered(attempt=1, turn=4, action="rewind", reason="no progress", to_turn=2)
    found = detail(
        *(SUBMIT, planned(SPEC), READY, STARTED),
        step("opened", StepOpened(attempt=1, session="s1", base=BASE, applied=applied)),
        step("steered", steered),
    )
    (line,) = found.steps
    assert line.attempts[0].applied == applied
    assert [(one.action, one.turn, one.to_turn) for one in line.steered] == [("rewind", 4, 2)]


def test_every_kind_of_ask_is_told() -> None:
    edit = EditAsked(revision=1, steps=(SPEC,), by="ada")
    found = detail(SUBMIT, ("ask.edit", edit))
    assert [(ask.what, ask.by, ask.accepted) for ask in found.asks] == [("edit", "ada", None)]


def test_a_yes_to_a_changed_call_tells_the_change() -> None:
    yes = ApproveAsked(question=MAY_I.id, text="like this", arguments='{"command": "ls"}', by="ada")
    found = detail(SUBMIT, ("ask.approve", yes))
    assert [ask.reason for ask in found.asks] == ['like this (changed to {"command": "ls"})']


@settings(max_examples=60)
@given(lives())
def test_memory_and_the_orchestrator_agree_on_every_step(raws: list[Raw]) -> None:
    state = fold(raw.parse() for raw in raws)
    with memory(raws) as db:
        rows = db.execute("SELECT step, state, round, attempt FROM steps WHERE state <> 'dropped'").fetchall()
    decided = {id_: (str(one.status), one.round) for id_, one in state.steps.items()}
    assert {row["step"]: (row["state"], row["round"]) for row in rows if row["step"] in decided} == decided
    assert {row["step"] for row in rows if row["state"] != "done"} <= decided.keys()
