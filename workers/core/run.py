"""A run as the fold of its log."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from mycoderai.schemas.events import (
    CancelAsked,
    EvidenceRecorded,
    ModelAnswered,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReady,
    StepSpec,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import Evidence
from mycoderai.schemas.failure import Failure


class StepStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    spec: StepSpec
    status: StepStatus = StepStatus.PENDING
    round: int = 0
    """How often the step was made ready."""
    ready_seq: int = 0
    """Sequence of its last ready event; what the next one is checked against."""
    attempt: int = 0
    done: StepDone | None = None
    failure: Failure | None = None


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    submission: RunSubmitted | None = None
    steps: dict[str, StepState] = {}
    """In the order of the plan; empty until there is one."""
    proofs: dict[str, Evidence] = {}
    cancel: CancelAsked | None = None
    finished: RunFinished | None = None
    turns: int = 0
    cost_usd: float | None = 0.0
    """None once a call without a known price was made."""
    last_decision: int = 0
    """Sequence of the last run-level event; what the next one is checked against."""
    last_seq: int = 0


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
    match recorded.event:
        case RunSubmitted() as event if state.submission is None:
            changes["submission"] = event
        case RunPlanned() as event:
            changes["steps"] = {spec.id: state.steps.get(spec.id, StepState(spec=spec)) for spec in event.steps}
        case RunFinished() as event if state.finished is None:
            changes["finished"] = event
        case CancelAsked() as event if state.cancel is None:
            changes["cancel"] = event
        case EvidenceRecorded(evidence=evidence):
            changes["proofs"] = state.proofs | {evidence.id: evidence}
        case ModelAnswered(usage=usage):
            known = state.cost_usd is not None and usage.cost_usd is not None
            changes["cost_usd"] = (state.cost_usd or 0.0) + (usage.cost_usd or 0.0) if known else None
        case StepTurn():
            changes["turns"] = state.turns + 1
        case StepReady() | StepStarted() | StepDone() | StepFailed() as event if step in state.steps:
            changes["steps"] = state.steps | {step: _evolve_step(state.steps[step], event, recorded.seq)}
    return msgspec.structs.replace(state, **changes)


def _evolve_step(step: StepState, event: StepReady | StepStarted | StepDone | StepFailed, seq: int) -> StepState:
    if step.status is StepStatus.DONE:
        return step
    match event:
        case StepReady(round=round_) if round_ > step.round:
            return msgspec.structs.replace(step, status=StepStatus.READY, round=round_, ready_seq=seq, failure=None)
        case StepStarted(attempt=attempt) if attempt > step.attempt:
            return msgspec.structs.replace(step, status=StepStatus.RUNNING, attempt=attempt)
        case StepDone(attempt=attempt) if attempt == step.attempt:
            return msgspec.structs.replace(step, status=StepStatus.DONE, done=event)
        case StepFailed(attempt=attempt) if attempt == step.attempt:
            return msgspec.structs.replace(step, status=StepStatus.FAILED, failure=event.failure)
    return step
