"""The page folds events itself; what it comes to must be what memory answers. The golden file holds both, the page's
own tests (web/src/data/run.test.ts) fold the one and compare with the other. UPDATE_GOLDEN=1 writes it anew."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mycoderai.broker.log import Raw
from mycoderai.gateway import wire
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    ApproveAsked,
    AskHeard,
    CancelAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
    RunFinished,
    RunPlanned,
    StepFailed,
    StepOpened,
    StepReady,
    StepReleased,
    StepSpec,
    StepStarted,
    StepSteered,
    StepWaiting,
    TakenOver,
    encode,
)
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.memory import GetRun
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_logs import (
    BASE,
    BROKEN,
    MAY_I,
    RUN,
    SEEN,
    SOLVED,
    SPEC,
    SUBMITTED,
    Sent,
    answered,
    batch,
    solved_run,
    stored,
    turn,
)

GOLDEN = Path(__file__).parents[2] / "web" / "src" / "data" / "golden.json"
CHECK = StepSpec(id="check", role="tester", goal="see that it holds", needs=("solve",))


def troubled_run() -> list[Sent]:
    """Two steps planned; the first loses an attempt, gives one back and fails, the second never starts; somebody asks
    to stop."""

    def step(type_: str) -> str:
        return RUN.step_event("coder", "solve", type_)

    events: list[tuple[str, AnyEvent]] = [
        (RUN.run_event("submitted"), SUBMITTED),
        (RUN.run_event("planned"), RunPlanned(steps=(SPEC, CHECK))),
        (RUN.ready("coder", "solve"), StepReady(spec=SPEC, submission=SUBMITTED)),
        (step("started"), StepStarted(attempt=1, worker="host:1")),
        (step("turn"), turn(1)),
        (step("started"), StepStarted(attempt=2, worker="host:2")),
        (step("failed"), StepFailed(attempt=1, failure=Failure(code=FailureCode.WORKSPACE, message="Too late."))),
        (RUN.call("solve", "k2"), answered(2, cost_usd=None)),
        (step("turn"), turn(2, attempt=2, output="1 failed")),
        (step("released"), StepReleased(attempt=2, reason="stopped")),
        (RUN.ready("coder", "solve"), StepReady(spec=SPEC, submission=SUBMITTED)),
        (step("started"), StepStarted(attempt=3, worker="host:3")),
        (RUN.ask("cancel"), CancelAsked(by="ada", reason="enough")),
        (step("failed"), StepFailed(attempt=3, failure=BROKEN)),
        (RUN.run_event("finished"), RunFinished(status="failed", failure=BROKEN, turns=2, cost_usd=None)),
        (RUN.run_event("finished"), RunFinished(status="succeeded")),
    ]
    return [(subject, encode(event)) for subject, event in events]


def steered_run() -> list[Sent]:
    """A plan that waits for a person, a step that does, a plan that changes, and every kind of ask; it goes on."""

    def step(type_: str) -> str:
        return RUN.step_event("coder", "solve", type_)

    def ready(round_: int, answer: Answer | None = None) -> tuple[str, AnyEvent]:
        return RUN.ready("coder", "solve"), StepReady(spec=SPEC, submission=SUBMITTED, round=round_, answer=answer)

    other = msgspec.structs.replace(SPEC, goal="in another way")
    fix = StepSpec(id="fix", role="coder", goal="mend it", writes=("src/**",))
    events: list[tuple[str, AnyEvent]] = [
        (RUN.run_event("submitted"), SUBMITTED),
        (RUN.run_event("planned"), RunPlanned(steps=(SPEC, CHECK), waits=True, reason="as proposed")),
        (RUN.ask("approve"), ApproveAsked(question="plan-1", by="ada")),
        (RUN.run_event("heard"), AskHeard(ask=3, accepted=True)),
        ready(1),
        (step("started"), StepStarted(attempt=1, worker="host:1")),
        (step("opened"), StepOpened(attempt=1, session="s1", base=BASE, applied=("role coder: built in",))),
        (step("waiting"), StepWaiting(attempt=1, question=MAY_I)),
        (RUN.ask("message"), MessageAsked(step="solve", text="mind the tests", by="ada")),
        (RUN.run_event("heard"), AskHeard(ask=9, accepted=True)),
        ready(1, Answer(question=MAY_I.id)),
        (step("started"), StepStarted(attempt=2, worker="host:2")),
        (step("steered"), StepSteered(attempt=2, turn=3, action="hint", reason="no progress")),
        (step("failed"), StepFailed(attempt=2, failure=BROKEN)),
        (RUN.run_event("planned"), RunPlanned(revision=2, steps=(other, fix), waits=True)),
        (RUN.run_event("planned"), RunPlanned(revision=1, steps=(SPEC, CHECK))),
        ready(2),
        (step("started"), StepStarted(attempt=3, worker="host:1")),
        (step("waiting"), StepWaiting(attempt=3, question=MAY_I)),
        (RUN.ask("pause"), PauseAsked(by="ada", reason="lunch")),
        (RUN.ask("resume"), ResumeAsked(by="ada")),
        (RUN.ask("retry"), RetryAsked(step="fix", by="ada")),
        (RUN.run_event("heard"), AskHeard(ask=22, accepted=False, reason="it has not failed")),
        (RUN.ask("edit"), EditAsked(revision=2, steps=(other,), by="ada")),
    ]
    return [(subject, encode(event)) for subject, event in events]


def forked_run() -> list[Sent]:
    """One that goes on where another run was: its first step is done already."""
    taken = TakenOver(step="solve", result=SOLVED, evidence=SEEN, summary="Fixed it.")
    events: list[tuple[str, AnyEvent]] = [
        (RUN.run_event("submitted"), SUBMITTED),
        (RUN.run_event("planned"), RunPlanned(steps=(SPEC, CHECK), taken_over=(taken,))),
        (RUN.step_event("coder", "solve", "failed"), StepFailed(attempt=0, failure=BROKEN)),
    ]
    return [(subject, encode(event)) for subject, event in events]


def remembered(raws: Sequence[Raw]) -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create(db)
        apply_batch(db, batch(list(raws)))
        db.row_factory = sqlite3.Row
        return {"detail": wire.plain(answer(db, GetRun(run=RUN.run)))}


def golden_case(sent: list[Sent]) -> dict[str, Any]:
    raws = stored(sent)
    return {"events": [wire.event(raw.parse()) for raw in raws], **remembered(raws)}


def test_the_golden_file_is_what_memory_answers() -> None:
    runs = {"solved": solved_run(), "troubled": troubled_run(), "steered": steered_run(), "forked": forked_run()}
    cases = {name: golden_case(run) for name, run in runs.items()}
    text = json.dumps(cases, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text, "run UPDATE_GOLDEN=1 pytest on this file, then the page's tests"


@pytest.mark.parametrize("event", [raw.parse() for raw in stored(solved_run() + troubled_run() + steered_run())])
def test_an_event_s_own_fields_do_not_hide_its_place(event: Any) -> None:
    payload = wire.event(event)
    assert (payload["seq"], payload["run"]) == (event.seq, RUN.run)
    own = set(event.event.__struct_fields__)
    assert own.isdisjoint({"seq", "time", "run", "pool"})
    assert "step" not in own or not event.subject.step, "what is asked of the run may name the step it is about"
