"""Which runs are listed as waiting or paused: what `mycoder show` makes of the same log."""

import msgspec
import pytest

from mycoderai.broker.log import Raw
from mycoderai.gateway.cli.detail import status_of
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    ApproveAsked,
    AskHeard,
    CancelAsked,
    PauseAsked,
    ResumeAsked,
    RunFinished,
    StepDone,
    StepFailed,
    StepReady,
    StepSpec,
)
from mycoderai.schemas.memory import GetRun, Inbox, ListRuns, OpenQuestions, RunDetail, Runs
from mycoderai.schemas.plan import Acceptance
from mycoderai.workers.memory.answer import answer
from tests.unit.memory_logs import BROKEN, MAY_I, RUN, SPEC, SUBMITTED
from tests.unit.test_memory_people import READY, STARTED, SUBMIT, WAITING, events, memory, planned, step

Named = tuple[str, AnyEvent]
OTHER = StepSpec(id="other", role="coder", goal="more")
AFTER = StepSpec(id="after", role="tester", goal="check", needs=("solve",), accept=Acceptance())
BEGUN = (SUBMIT, planned(SPEC), READY, STARTED)
PAUSE, RESUME = ("ask.pause", PauseAsked(by="ada")), ("ask.resume", ResumeAsked())
GO_ON = (
    ("ask.approve", ApproveAsked(question=MAY_I.id)),
    ("run.heard", AskHeard(ask=6, accepted=True, what="approve")),
    ("ready.coder.solve", StepReady(spec=SPEC, submission=SUBMITTED, answer=Answer(question=MAY_I.id))),
)


def heard(ask: int, *, accepted: bool = True, what: str = "pause") -> Named:
    return "run.heard", AskHeard(ask=ask, accepted=accepted, what=what)


LOGS: list[tuple[str, tuple[Named, ...]]] = [
    ("submitted", (SUBMIT,)),
    ("running", BEGUN),
    ("waiting", (*BEGUN, WAITING)),
    ("running", (*BEGUN, WAITING, *GO_ON)),
    ("waiting", (SUBMIT, planned(SPEC, AFTER), READY, STARTED, WAITING)),
    # There is a step that can start beside the one that waits.
    ("running", (SUBMIT, planned(SPEC, OTHER), READY, STARTED, WAITING)),
    ("waiting", (*BEGUN, step("done", StepDone(attempt=1)), planned(AFTER, revision=2, waits=True))),
    ("running", (SUBMIT, planned(SPEC), READY, STARTED, planned(SPEC, OTHER, revision=2, waits=True))),
    ("running", (*BEGUN, step("failed", StepFailed(attempt=1, failure=BROKEN)))),
    ("paused", (*BEGUN, PAUSE)),
    ("paused", (*BEGUN, PAUSE, heard(5))),
    ("paused", (*BEGUN, WAITING, PAUSE, heard(6))),
    ("paused", (*BEGUN, PAUSE, heard(5), PAUSE, heard(7, accepted=False))),
    ("paused", (*BEGUN, PAUSE, heard(5), RESUME)),
    ("running", (*BEGUN, PAUSE, heard(5), RESUME, heard(7, what="resume"))),
    ("waiting", (*BEGUN, WAITING, PAUSE, heard(6), RESUME, heard(8, what="resume"))),
    ("paused", (*BEGUN, PAUSE, heard(5), RESUME, heard(7, what="resume"), PAUSE)),
    ("failed", (*BEGUN, WAITING, PAUSE, ("run.finished", RunFinished(status="failed", failure=BROKEN)))),
]  # fmt: skip


def shown(raws: list[Raw]) -> str:
    view = RunView(RUN.run)
    for raw in raws:
        view.apply(raw.parse())
    return status_of(view)


@pytest.mark.parametrize(("status", "log"), LOGS, ids=[f"{n}-{status}" for n, (status, _) in enumerate(LOGS)])
def test_the_list_and_the_run_itself_say_the_same(status: str, log: tuple[Named, ...]) -> None:
    raws = events(*log)
    with memory(raws) as db:
        found = answer(db, GetRun(run=RUN.run))
        listed = answer(db, msgspec.convert({"kind": "list_runs", "status": status}, ListRuns))
        waits = answer(db, Inbox())
    assert isinstance(found, RunDetail)
    assert isinstance(listed, Runs)
    assert isinstance(waits, OpenQuestions)
    assert (found.run.held or found.run.status) == status == shown(raws)
    assert [line.run for line in listed.runs] == [RUN.run]
    assert waits.questions == found.questions
    if status in ("waiting", "paused"):
        assert waits.questions, "the inbox has what it waits for"
    assert len([item for item in waits.questions if item.question.kind == "paused"]) == (status == "paused")


def test_what_is_held_is_not_listed_as_running_and_what_is_cancelled_is_not_held() -> None:
    with memory(events(*BEGUN, WAITING)) as db:
        running = answer(db, ListRuns(status="running"))
    assert isinstance(running, Runs)
    assert running.runs == ()
    with memory(events(*BEGUN, WAITING, ("ask.cancel", CancelAsked()))) as db:
        found = answer(db, GetRun(run=RUN.run))
    assert isinstance(found, RunDetail)
    assert found.run.held == ""
