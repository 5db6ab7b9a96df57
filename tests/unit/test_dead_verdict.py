"""What trying a dead letter again amounts to, from the run's log."""

import msgspec
import pytest

from mycoderai.broker.letters import Letter
from mycoderai.gateway.dead_replay import new_run_for
from mycoderai.gateway.dead_verdict import verdict
from mycoderai.schemas.events import RunFinished, RunPlanned, StepFailed, StepReady, StepStarted, encode
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token
from tests.unit.cli_story import LOG, RUN, TASK, A, Story

LETTER = Letter(
    seq=7,
    time="2026-01-02T03:04:05Z",
    pool="coder",
    run=RUN,
    step="a",
    reason="lost",
    attempts=5,
    subject=f"cmd.coder.{RUN}.a",
    stream="EVENTS",
    sequence=3,
    size=2,
)
FAILED = StepFailed(attempt=1, failure=Failure(code=FailureCode.ATTEMPTS_EXHAUSTED, message="lost"))


def begun() -> Story:
    story = Story()
    story.run("submitted", TASK)
    story.run("planned", RunPlanned(steps=(A,)))
    story.tell(LOG.ready("coder", "a"), StepReady(spec=A, submission=TASK))
    story.tell(LOG.step_event("coder", "a", "started"), StepStarted(attempt=1, worker="w"))
    return story


def test_a_failed_step_of_an_unfinished_run_gets_another_round() -> None:
    story = begun()
    assert verdict(LETTER, b"", story.view, LOG).why == "step a is running"
    story.tell(LOG.step_event("coder", "a", "failed"), FAILED)
    replay = verdict(LETTER, b"", story.view, LOG)
    assert (replay.action, replay.step) == ("retry", "a")


@pytest.mark.parametrize(("status", "action"), [("failed", "again"), ("succeeded", "none"), ("cancelled", "none")])
def test_only_a_run_that_failed_goes_on_in_a_new_one(status: str, action: str) -> None:
    story = begun()
    story.tell(LOG.step_event("coder", "a", "failed"), FAILED)
    story.run("finished", RunFinished(status=status))
    replay = verdict(LETTER, b"", story.view, LOG)
    assert replay.action == action
    assert replay.step == ("a" if action == "again" else "")


def test_a_submission_that_can_be_read_by_now_wakes_the_orchestrator() -> None:
    story = Story()
    letter = msgspec.structs.replace(LETTER, step="", subject=f"cmd.orchestrator.{RUN}.submitted")
    assert "cannot be read" in verdict(letter, b"garbage", story.view, LOG).why
    assert verdict(letter, None, story.view, LOG).why == "the event it is about is gone"
    story.run("submitted", TASK)
    assert verdict(letter, encode(TASK), story.view, LOG).action == "wake"


def test_what_memory_could_not_apply_is_left_where_it_is() -> None:
    letter = msgspec.structs.replace(LETTER, pool="memory", subject=LOG.run_event("submitted"))
    assert verdict(letter, b"", begun().view, LOG).action == "none"


def test_a_run_goes_on_in_the_same_new_run_however_often_that_is_asked() -> None:
    assert new_run_for(RUN) == new_run_for(RUN) != new_run_for("other")
    assert is_token(new_run_for(RUN))
