"""Which commands are given up, and what becomes of a step whose command is."""

from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.events import (
    Event,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepReady,
    StepSpec,
    StepStarted,
)
from mycoderai.schemas.queue import Books, Standing
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.run import fold
from mycoderai.workers.core.sweep import Verdict, given_up, unaccounted, verdict_on_step

LOG = Log("r1")
SUBMITTED = RunSubmitted(task="x", role="noop")
SPEC = StepSpec(id="main", role="noop", goal="x")
READY = (LOG.ready("noop", "main"), StepReady(spec=SPEC, submission=SUBMITTED))
STARTED = (LOG.step_event("noop", "main", "started"), StepStarted(attempt=1, worker="w"))
PLANNED = (
    (LOG.run_event("submitted"), SUBMITTED),
    (LOG.run_event("planned"), RunPlanned(steps=(SPEC,))),
)


def state_after(*events: tuple[str, Event]):
    return fold(
        Recorded(seq=seq, time="2026-01-31T10:00:00Z", subject=parse_event(subject), event=event)
        for seq, (subject, event) in enumerate((*PLANNED, *events), start=1)
    )


def test_books_that_balance_miss_nothing() -> None:
    assert unaccounted(Books(5, {"a": Standing(2, 1, 9), "b": Standing(2, 0, 3)})) == 0
    assert unaccounted(Books(6, {"a": Standing(2, 1, 9), "b": Standing(2, 0, 3)})) == 1


@given(
    lost=st.sets(st.integers(1, 50)),
    held=st.sets(st.integers(1, 50)),
    late=st.sets(st.integers(51, 60)),
    mute=st.sets(st.integers(1, 50), max_size=3),
)
def test_what_somebody_has_is_never_given_up_and_what_nobody_has_is_when_that_is_certain(
    lost, held, late, mute
) -> None:
    """lost: given up by the broker. held: at work, and heard. late: delivered since. mute: a dead worker's."""
    held, mute = held - lost, mute - lost - held
    found = given_up(lost | held | late | mute, len(held | late | mute), 50, held)
    assert found == (set() if mute else lost)


def test_a_step_that_was_begun_is_issued_again_however_often() -> None:
    state = state_after(READY, STARTED)
    assert verdict_on_step(state, "main", 3) is Verdict.AGAIN
    state = state_after(READY, STARTED, READY, (STARTED[0], StepStarted(attempt=2, worker="w")))
    assert verdict_on_step(state, "main", 5) is Verdict.AGAIN


def test_a_step_that_nobody_begins_is_issued_twice_and_then_its_run_ends() -> None:
    assert verdict_on_step(state_after(READY), "main", 3) is Verdict.AGAIN
    assert verdict_on_step(state_after(READY, READY), "main", 4) is Verdict.END
    assert verdict_on_step(state_after(READY, STARTED, READY), "main", 5) is Verdict.AGAIN


def test_a_command_whose_step_has_moved_on_is_moot() -> None:
    done = (LOG.step_event("noop", "main", "done"), StepDone(attempt=1))
    finished = (LOG.run_event("finished"), RunFinished(status="cancelled"))
    assert verdict_on_step(state_after(READY, READY), "main", 3) is Verdict.MOOT
    assert verdict_on_step(state_after(READY), "other", 3) is Verdict.MOOT
    assert verdict_on_step(state_after(READY, STARTED, done), "main", 3) is Verdict.MOOT
    assert verdict_on_step(state_after(READY, finished), "main", 3) is Verdict.MOOT
