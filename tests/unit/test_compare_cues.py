"""What people said to a run is said to its replay when the same has happened there."""

from mycoderai.gateway.cli.cues import Facts, cues_of
from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import (
    AnyEvent,
    ApproveAsked,
    Ask,
    AskHeard,
    CancelAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    Question,
    Recorded,
    ResumeAsked,
    RetryAsked,
    RunFinished,
    RunPlanned,
    StepFailed,
    StepReady,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import Log, parse_event
from tests.unit.test_compare import TASK

LOG = Log("r1")
SPEC = StepSpec(id="fix", role="coder", goal="g")
APPROVE = ApproveAsked(question="fix-1-1-0", by="ann")


def log(*events: AnyEvent) -> list[Recorded]:
    return [
        Recorded(seq=seq, time="", subject=parse_event(_subject(event)), event=event)
        for seq, event in enumerate(events, start=1)
    ]


def _subject(event: AnyEvent) -> str:
    family, _, type_ = str(event.__struct_config__.tag).partition(".")
    if family == "run":
        return LOG.run_event(type_)
    if family == "ask":
        return LOG.ask(type_)
    return LOG.ready("coder", "fix") if type_ == "ready" else LOG.step_event("coder", "fix", type_)


def waiting(kind: str) -> StepWaiting:
    return StepWaiting(attempt=1, question=Question(id="fix-1-1-0", kind=kind, text="?"))  # type: ignore[arg-type]


def turn(number: int) -> StepTurn:
    point = Checkpoint(commit="c", tree="t")
    return StepTurn(attempt=1, turn=number, message=Message(role="assistant"), checkpoint=point)


def asks(*events: AnyEvent) -> list[Ask]:
    return [cue.ask for cue in cues_of(log(*events))]


STARTED = (RunPlanned(steps=(SPEC,)), StepStarted(attempt=1, worker="w"))


def test_an_answer_is_due_when_its_question_waits_and_not_before() -> None:
    (cue,) = cues_of(log(*STARTED, turn(1), waiting("question"), APPROVE, AskHeard(ask=5, accepted=True)))
    assert cue.ask == APPROVE
    facts = Facts()
    due = []
    for recorded in log(*STARTED, turn(1), turn(2), waiting("question")):
        facts.apply(recorded)
        due.append(cue.after <= facts.seen)
    assert due == [False, False, False, False, True]


def test_what_changed_nothing_is_not_said_again_and_what_held_the_run_back_is() -> None:
    refused = (APPROVE, AskHeard(ask=3, accepted=False, reason="no such question"))
    pause = (PauseAsked(), AskHeard(ask=5, accepted=True), ResumeAsked(), AskHeard(ask=7, accepted=True))
    assert asks(*STARTED, *refused, *pause) == [PauseAsked(), ResumeAsked()]


def test_an_edit_is_due_when_as_many_steps_have_begun_and_a_retry_when_its_step_has_failed() -> None:
    edit, retry = EditAsked(revision=1, steps=(SPEC,)), RetryAsked(step="fix")
    words = (AskHeard(ask=3, accepted=True), AskHeard(ask=5, accepted=True))
    ready = StepReady(spec=SPEC, submission=TASK)
    failed = StepFailed(attempt=1, failure=failure(FailureCode.HANDLER_ERROR))
    first, second = cues_of(log(STARTED[0], ready, edit, failed, retry, *words))
    assert first.after == {("planned", "1"), ("ready", "fix", "1")}
    assert second.after - first.after == {("failed", "fix", "0")}


def test_a_message_is_said_again_only_where_it_answers_a_question() -> None:
    word = MessageAsked(step="fix", text="the sum")
    heard = AskHeard(ask=4, accepted=True, what="message")
    assert asks(*STARTED, waiting("question"), word, heard) == [word]
    assert asks(*STARTED, waiting("approval"), word, heard) == []
    answered = (waiting("question"), StepReady(spec=SPEC, submission=TASK))
    later = AskHeard(ask=5, accepted=True, what="message")
    assert asks(*STARTED, *answered, word, later) == []


def test_the_cancellation_that_ended_the_run_is_said_again_once() -> None:
    cancel, again = CancelAsked(by="ann"), CancelAsked(by="bob")
    assert asks(*STARTED, cancel, again, RunFinished(status="cancelled")) == [cancel]
    assert asks(*STARTED, cancel, RunFinished(status="succeeded")) == []
