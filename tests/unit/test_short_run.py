"""The end of a run of one step, told without reading its log, is the end that reading it tells."""

import pytest

from mycoderai.schemas.events import (
    AnyEvent,
    Recorded,
    RunFinished,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReady,
    StepStarted,
    encode,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.decide import decide
from mycoderai.workers.core.run import RunState, fold
from mycoderai.workers.core.short_run import ShortRun, short_run

LOG = Log("run")
POOLS = {"noop"}
READY, STARTED, DONE = LOG.ready("noop", "main"), LOG.step_event("noop", "main", "started"), 9


def recorded(seq: int, subject: str, event: AnyEvent) -> Recorded:
    return Recorded(seq=seq, time="2026-01-31T00:00:00Z", subject=parse_event(subject), event=event)


def begun() -> tuple[list[Recorded], ShortRun]:
    """A run's log up to its ready event, and what is kept of it."""
    submitted = recorded(1, LOG.run_event("submitted"), RunSubmitted(task="nothing", role="noop"))
    state = fold([submitted])
    plan, ready = decide("run", state, POOLS)
    assert isinstance(ready, StepReady)
    appended = [recorded(2, LOG.run_event("planned"), plan), recorded(3, READY, ready)]
    short = short_run(state, appended)
    assert short
    return [submitted, *appended], short


def test_it_ends_as_its_log_says() -> None:
    log, short = begun()
    done = StepDone(attempt=1, summary="Nothing was done.")
    log += [
        recorded(5, STARTED, StepStarted(attempt=1, round=1, worker="w")),
        recorded(DONE, LOG.step_event("noop", "main", "done"), done),
    ]
    told = short.ended_by(LOG, DONE, encode(done))
    assert told
    assert decide("run", told, POOLS) == decide("run", fold(log), POOLS)
    assert [type(decision) for decision in decide("run", told, POOLS)] == [RunFinished]
    assert (told.last_seq, told.last_decision) == (fold(log).last_seq, fold(log).last_decision)


@pytest.mark.parametrize(
    "event",
    [
        StepDone(attempt=2, summary="Somebody else had begun."),
        StepDone(attempt=1, result=Checkpoint(commit="c", tree="t")),
        StepDone(attempt=1, evidence="e"),
        StepFailed(attempt=1, failure=Failure(code=FailureCode.OUT_OF_TIME, message="It took too long.")),
    ],
)
def test_what_may_have_more_behind_it_is_read(event: StepDone | StepFailed) -> None:
    _, short = begun()
    assert short.ended_by(LOG, DONE, encode(event)) is None


def test_what_is_no_event_is_read() -> None:
    _, short = begun()
    assert short.ended_by(LOG, DONE, b"{") is None


def test_a_plan_that_was_made_anew_is_none() -> None:
    log, _ = begun()
    assert short_run(fold(log), log[1:]) is None
    assert short_run(RunState(), log[1:2]) is None
