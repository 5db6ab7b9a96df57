"""The page folds events itself; what it comes to must be what memory answers. The golden file holds both, the page's
own tests (web/src/run.test.ts) fold the one and compare with the other. UPDATE_GOLDEN=1 writes it anew."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mycoderai.broker.log import Raw
from mycoderai.gateway import wire
from mycoderai.schemas.events import (
    AnyEvent,
    CancelAsked,
    RunFinished,
    RunPlanned,
    StepFailed,
    StepReady,
    StepSpec,
    StepStarted,
    encode,
)
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.memory import GetRun, GetTurns
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_logs import BROKEN, RUN, SPEC, SUBMITTED, Sent, answered, batch, solved_run, stored, turn

GOLDEN = Path(__file__).parents[2] / "web" / "src" / "golden.json"
CHECK = StepSpec(id="check", role="tester", goal="see that it holds", needs=("solve",))


def troubled_run() -> list[Sent]:
    """Two steps planned; the first loses an attempt and fails, the second never starts; somebody asks to stop."""

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
        (RUN.ask("cancel"), CancelAsked(by="ada", reason="enough")),
        (step("failed"), StepFailed(attempt=2, failure=BROKEN)),
        (RUN.run_event("finished"), RunFinished(status="failed", failure=BROKEN, turns=2, cost_usd=None)),
        (RUN.run_event("finished"), RunFinished(status="succeeded")),
    ]
    return [(subject, encode(event)) for subject, event in events]


def remembered(raws: Sequence[Raw]) -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create(db)
        apply_batch(db, batch(list(raws)))
        db.row_factory = sqlite3.Row
        detail, turns = answer(db, GetRun(run=RUN.run)), answer(db, GetTurns(run=RUN.run))
        return {"detail": wire.plain(detail), "turns": wire.plain(turns)["turns"]}


def golden_case(sent: list[Sent]) -> dict[str, Any]:
    raws = stored(sent)
    return {"events": [wire.event(raw.parse()) for raw in raws], **remembered(raws)}


def test_the_golden_file_is_what_memory_answers() -> None:
    cases = {"solved": golden_case(solved_run()), "troubled": golden_case(troubled_run())}
    text = json.dumps(cases, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text, "run UPDATE_GOLDEN=1 pytest on this file, then the page's tests"


@pytest.mark.parametrize("event", [event for raw in stored(solved_run() + troubled_run()) for event in [raw.parse()]])
def test_an_event_s_own_fields_do_not_hide_its_place(event: Any) -> None:
    payload = wire.event(event)
    assert (payload["seq"], payload["run"]) == (event.seq, RUN.run)
    assert {"seq", "time", "run", "pool", "step"}.isdisjoint(event.event.__struct_fields__)
