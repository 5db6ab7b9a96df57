"""A run as the fold of its log."""

import datetime
from collections.abc import Iterable

import msgspec

from mycoderai.schemas.events import (
    ApproveAsked,
    AskHeard,
    CancelAsked,
    DenyAsked,
    EditAsked,
    EvidenceRecorded,
    MessageAsked,
    ModelAnswered,
    PauseAsked,
    Recorded,
    ResumeAsked,
    RetryAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReady,
    StepSpec,
    StepStarted,
    StepTurn,
    StepWaiting,
    TakenOver,
)
from mycoderai.workers.core.asks import hear
from mycoderai.workers.core.state import RunState, StepState, StepStatus

__all__ = ["RunState", "StepState", "StepStatus", "evolve", "fold"]

_TAKEN_OR_NEARLY = (StepStatus.READY, StepStatus.RUNNING)
_StepEvent = StepReady | StepStarted | StepWaiting | StepDone | StepFailed
_ASKS = (
    CancelAsked,
    ApproveAsked,
    DenyAsked,
    MessageAsked,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
    EditAsked,
)


def fold(events: Iterable[Recorded], state: RunState | None = None) -> RunState:
    state = state or RunState()
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: RunState, recorded: Recorded) -> RunState:
    """The state after one more event. Total: an event that makes no sense in this state changes nothing but the
    sequences, because the log is what happened and cannot be argued with."""
    step = recorded.subject.step
    changes: dict[str, object] = {"last_seq": recorded.seq}
    if recorded.subject.family == "run":
        changes["last_decision"] = recorded.seq
    if isinstance(recorded.event, StepReady):
        changes["begun"] = state.begun | {step: recorded.seq}
    match recorded.event:
        case RunSubmitted() as event if state.submission is None:
            changes |= {"submission": event, "submitted_s": epoch_s(recorded.time)}
        case RunPlanned() as event if event.revision > state.revision:
            changes |= _planned(state, event)
        case RunFinished() as event if state.finished is None:
            changes["finished"] = event
        case AskHeard(ask=ask):
            changes["unheard"] = {seq: word for seq, word in state.unheard.items() if seq != ask}
            if ask == state.edit_seq:
                changes["edit"] = None
        case EvidenceRecorded(evidence=evidence):
            changes["proofs"] = state.proofs | {evidence.id: evidence}
        case ModelAnswered(usage=usage):
            known = state.cost_usd is not None and usage.cost_usd is not None
            changes["cost_usd"] = (state.cost_usd or 0.0) + (usage.cost_usd or 0.0) if known else None
        case StepTurn():
            changes["turns"] = state.turns + 1
        case StepReady() | StepStarted() | StepWaiting() | StepDone() | StepFailed() as event if step in state.steps:
            changes["steps"] = state.steps | {step: _evolve_step(state.steps[step], event, recorded.seq)}
        case event if isinstance(event, _ASKS):
            state = hear(state, event, recorded.seq)
    return msgspec.structs.replace(state, **changes)


def _planned(state: RunState, event: RunPlanned) -> dict[str, object]:
    finished = {id_ for id_, step in state.steps.items() if step.status is StepStatus.DONE}
    finished |= {taken.step for taken in event.taken_over}
    steps = {spec.id: _replanned(state.steps.get(spec.id), _new(spec, state)) for spec in event.steps}
    steps |= {taken.step: _taken_over(steps[taken.step], taken) for taken in event.taken_over if taken.step in steps}
    proofs = {taken.evidence.id: taken.evidence for taken in event.taken_over if taken.evidence}
    return {
        "steps": steps,
        "proofs": state.proofs | proofs,
        "revision": event.revision,
        "adopted": state.adopted | finished,
        "waits": event.waits,
        "denied": None,
    }


def _new(spec: StepSpec, state: RunState) -> StepState:
    return StepState(spec=spec, ready_seq=state.begun.get(spec.id, 0))


def _replanned(old: StepState | None, new: StepState) -> StepState:
    if old is None:
        return new
    if old.status is StepStatus.FAILED and old.spec != new.spec:
        # It starts over, on other ground. Its log goes on where it was.
        return _with(old, spec=new.spec, status=StepStatus.PENDING, failure=None)
    return _with(old, spec=new.spec)


def _taken_over(step: StepState, taken: TakenOver) -> StepState:
    evidence = taken.evidence.id if taken.evidence else ""
    done = StepDone(attempt=0, summary=taken.summary, result=taken.result, evidence=evidence)
    return _with(step, status=StepStatus.DONE, done=done)


def _evolve_step(step: StepState, event: _StepEvent, seq: int) -> StepState:
    if step.status is StepStatus.DONE:
        return step
    match event:
        case StepReady(answer=answer) if answer is not None and step.status is StepStatus.WAITING:
            return _with(step, status=StepStatus.READY, ready_seq=seq, issued=1, question=None, answer=None)
        case StepReady(round=round_) if round_ > step.round:
            return _with(
                step,
                status=StepStatus.READY,
                round=round_,
                ready_seq=seq,
                issued=1,
                failure=None,
                retry_asked=False,
                question=None,
                answer=None,
            )
        case StepReady(round=round_) if round_ == step.round and step.status in _TAKEN_OR_NEARLY:
            # Its command was lost on the way, so the same one was issued again.
            issued = step.issued + 1 if step.status is StepStatus.READY else 1
            return _with(step, status=StepStatus.READY, ready_seq=seq, issued=issued)
        case StepStarted(attempt=attempt) if attempt > step.attempt:
            return _with(step, status=StepStatus.RUNNING, attempt=attempt)
        case StepWaiting(attempt=attempt, question=question) if attempt == step.attempt:
            return _with(step, status=StepStatus.WAITING, question=question, answer=None)
        case StepDone(attempt=attempt) if attempt == step.attempt:
            return _with(step, status=StepStatus.DONE, done=event)
        case StepFailed(attempt=attempt) if attempt == step.attempt:
            return _with(step, status=StepStatus.FAILED, failure=event.failure)
    return step


def _with(step: StepState, **changes: object) -> StepState:
    return msgspec.structs.replace(step, **changes)


def epoch_s(time: str) -> int:
    """RFC 3339 as the server writes it, to seconds since 1970; 0 for what is no time."""
    try:
        # The server writes nanoseconds, which fromisoformat refuses.
        return int(datetime.datetime.fromisoformat(time[:19] + "+00:00").timestamp())
    except ValueError:
        return 0
