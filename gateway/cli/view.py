"""What a run looks like to somebody who follows it: a fold over its events, without any printing."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec

from mycoderai.schemas.events import (
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import TestCounts

ACTIVITY = 4
State = Literal["waiting", "ready", "running", "done", "failed"]


@dataclass
class StepView:
    id: str
    role: str
    goal: str = ""
    state: State = "waiting"
    attempt: int = 0
    turns: int = 0
    activity: deque[str] = field(default_factory=lambda: deque(maxlen=ACTIVITY))
    """The last few sentences about what it does."""
    started_s: float = 0.0
    ended_s: float = 0.0


@dataclass
class RunView:
    run: str
    submitted: RunSubmitted | None = None
    submitted_at: str = ""
    submitted_s: float = 0.0
    steps: dict[str, StepView] = field(default_factory=dict)
    finished: RunFinished | None = None
    finished_s: float = 0.0
    cancel_asked: bool = False
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the person no longer wants to watch."""

    @property
    def turns(self) -> int:
        return sum(step.turns for step in self.steps.values())

    def apply(self, recorded: Recorded, activity: str = "") -> None:
        """Take in one event; `activity` is a sentence for what the step does now."""
        at = seconds(recorded.time)
        event = recorded.event
        if recorded.subject.family == "ask":
            self.cancel_asked = True
        match event:
            case RunSubmitted():
                self.submitted, self.submitted_at, self.submitted_s = event, recorded.time, at
            case RunPlanned():
                for spec in event.steps:
                    self.steps.setdefault(spec.id, StepView(spec.id, spec.role, spec.goal))
            case RunFinished():
                self.finished, self.finished_s = event, at
            case StepReady() | StepStarted() | StepOpened() | StepTurn() | StepDone() | StepFailed():
                self._apply_to_step(recorded, at)
        if activity and (step := self.steps.get(recorded.subject.step)):
            step.activity.append(activity)

    def _apply_to_step(self, recorded: Recorded, at: float) -> None:
        where = recorded.subject
        step = self.steps.setdefault(where.step, StepView(where.step, where.pool))
        match recorded.event:
            case StepReady():
                step.state = "ready"
            case StepStarted(attempt=attempt):
                step.state, step.attempt = "running", attempt
                step.started_s = step.started_s or at
            case StepTurn():
                step.turns += 1
            case StepDone():
                step.state, step.ended_s = "done", at
            case StepFailed():
                step.state, step.ended_s = "failed", at


def seconds(time: str) -> float:
    """RFC 3339 with nanoseconds, as the server writes it, to seconds since 1970."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


def event_json(recorded: Recorded) -> dict[str, Any]:
    """One event as one flat object."""
    fields: dict[str, Any] = msgspec.to_builtins(recorded.event)
    kind = fields.pop("kind")
    where = {"seq": recorded.seq, "time": recorded.time, "run": recorded.subject.run, "step": recorded.subject.step}
    return {"kind": kind, **where, **fields}


def result_json(view: RunView) -> dict[str, Any]:
    """The last line of `mycoder run --json`; its names are a contract."""
    finished = view.finished or RunFinished(status="pending", turns=view.turns)
    evidence = finished.evidence
    return {
        "kind": "result",
        "run": view.run,
        "status": finished.status,
        "branch": finished.branch or None,
        "commit": finished.result.commit if finished.result else None,
        "tests": msgspec.to_builtins(evidence.tests if evidence else TestCounts()),
        "evidence": msgspec.to_builtins(evidence) if evidence else None,
        "failure": msgspec.to_builtins(finished.failure) if finished.failure else None,
        "cost_usd": finished.cost_usd,
        "turns": finished.turns,
        "seconds": round(max(view.finished_s - view.submitted_s, 0.0), 3),
    }
