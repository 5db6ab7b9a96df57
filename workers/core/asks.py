"""What an ask of a person does to a run, judged at its place in the log. Pure, so that everybody agrees."""

from typing import NamedTuple

import msgspec

from mycoderai.schemas.events import (
    Answer,
    ApproveAsked,
    Ask,
    AskHeard,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
)
from mycoderai.workers.core.state import RunState, StepState, StepStatus
from mycoderai.workers.core.toolcalls.changed import refusal


class Refused(NamedTuple):
    reason: str


def hear(state: RunState, ask: Ask, seq: int) -> RunState:
    """The state after an ask, with the word on it that the orchestrator owes the person. One that came before the
    submission asks for nothing: there was no run."""
    if state.submission is None or state.finished or state.cancel:
        return state
    outcome = _judge(state, ask)
    match ask, outcome:
        case CancelAsked(), RunState():
            return outcome  # the end of the run is the answer
        case EditAsked(), RunState():
            return msgspec.structs.replace(outcome, edit_seq=seq)  # answered once it was checked against the pools
        case _, RunState():
            return _owing(outcome, _word(ask, seq))
        case _:
            return _owing(state, _word(ask, seq, outcome.reason))


def _owing(state: RunState, word: AskHeard) -> RunState:
    return msgspec.structs.replace(state, unheard=state.unheard | {word.ask: word})


def _word(ask: Ask, seq: int, refusal: str = "") -> AskHeard:
    return AskHeard(
        ask=seq,
        accepted=not refusal,
        reason=refusal,
        what=str(ask.__struct_config__.tag).removeprefix("ask."),
        step=getattr(ask, "step", ""),
        text=getattr(ask, "text", ""),
        when=getattr(ask, "when", "now"),
        by=ask.by,
    )


def _judge(state: RunState, ask: Ask) -> RunState | Refused:
    match ask:
        case CancelAsked():
            return msgspec.structs.replace(state, cancel=ask)
        case ApproveAsked() | DenyAsked():
            return _settle(state, ask)
        case MessageAsked():
            return _message(state, ask)
        case PauseAsked():
            return Refused("the run is paused already") if state.paused else _with(state, paused=True)
        case ResumeAsked():
            return _resume(state)
        case RetryAsked():
            return _retry(state, ask)
        case EditAsked():
            return _edit(state, ask)


def _settle(state: RunState, ask: ApproveAsked | DenyAsked) -> RunState | Refused:
    question = ask.question
    if question in state.settled:
        return Refused(f"the question was settled already: {state.settled[question]}")
    approved = isinstance(ask, ApproveAsked)
    changed = ask.arguments if isinstance(ask, ApproveAsked) else ""
    how = "denied" if not approved else "approved with changes" if changed else "approved"
    settled = state.settled | {question: f"{how} by {ask.by or 'somebody'}"}
    answer = Answer(question=question, approved=approved, text=ask.text, arguments=changed, by=ask.by)
    if state.plan_question == question:
        if changed:
            return Refused("a plan has no arguments to change; edit it")
        return _with(state, settled=settled, waits=False, denied=None if approved else answer)
    for step in state.steps.values():
        if step.question and step.question.id == question and step.question.kind != "paused":
            if changed and (reason := refusal(step.question, changed)):
                return Refused(reason)
            return _with(state, settled=settled, steps=state.steps | {step.spec.id: _answered(step, answer)})
    return Refused(f"no question {question!r} is open")


def _message(state: RunState, ask: MessageAsked) -> RunState | Refused:
    step = state.steps.get(ask.step)
    if step is None:
        return Refused(f"the plan has no step {ask.step!r}")
    if step.status in (StepStatus.DONE, StepStatus.FAILED):
        return Refused(f"step {ask.step} has ended")
    if ask.attempt and ask.attempt != step.attempt:
        return Refused(f"the step has moved on to attempt {step.attempt}")
    if step.question and step.question.kind == "question" and not step.answer:
        return _settle(state, ApproveAsked(question=step.question.id, text=ask.text, by=ask.by))
    return state


def _resume(state: RunState) -> RunState | Refused:
    if not state.paused:
        return Refused("the run is not paused")
    return _with(state, paused=False)


def _retry(state: RunState, ask: RetryAsked) -> RunState | Refused:
    step = state.steps.get(ask.step)
    if step is None or step.status is not StepStatus.FAILED:
        return Refused(f"step {ask.step!r} has not failed")
    return _with(state, steps=state.steps | {ask.step: msgspec.structs.replace(step, retry_asked=True)})


def _edit(state: RunState, ask: EditAsked) -> RunState | Refused:
    if ask.revision != state.revision:
        return Refused(f"the plan has moved on to revision {state.revision}")
    edited = {spec.id: spec for spec in ask.steps}
    if again := next((id_ for id_ in edited if id_ in state.begun and id_ not in state.steps), ""):
        return Refused(f"step {again} was taken out after it had started; give the new one another name")
    reason = too_late(state, ask)
    return Refused(reason) if reason else _with(state, edit=ask)


def too_late(state: RunState, edit: EditAsked) -> str:
    """What an edit wants of a step for which it is too late; empty when it can be carried out."""
    edited = {spec.id: spec for spec in edit.steps}
    for id_, step in state.steps.items():
        if step.status is StepStatus.DONE and edited.get(id_) != step.spec:
            return f"step {id_} is done; it cannot be changed or taken out"
        if step.status is not StepStatus.PENDING and edited.get(id_, step.spec) != step.spec:
            return f"step {id_} has started; it can be taken out, but not changed"
    return ""


def _answered(step: StepState, answer: Answer) -> StepState:
    return msgspec.structs.replace(step, answer=answer)


def _with(state: RunState, **changes: object) -> RunState:
    return msgspec.structs.replace(state, **changes)
