"""What a step looks like to somebody who follows its run."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from mycoderai.schemas.events import (
    AnyEvent,
    ModelAnswered,
    StepDone,
    StepFailed,
    StepReady,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
    Unreadable,
)
from mycoderai.schemas.plan import StepSpec

ACTIVITY = 4
_WRITTEN = 300
State = Literal["pending", "ready", "running", "waiting", "done", "failed"]


@dataclass
class StepView:
    spec: StepSpec
    state: State = "pending"
    round: int = 0
    attempt: int = 0
    turns: int = 0
    model: str = ""
    """The model that answered last, or that the loop switched to."""
    cost_usd: float | None = 0.0
    """None once a call without a known price was made."""
    verdict: str = ""
    failure: str = ""
    """Code of what it failed with."""
    activity: deque[str] = field(default_factory=lambda: deque(maxlen=ACTIVITY))
    """The last few sentences about what it does."""
    written: str = ""
    """The end of what the model is writing right now; only where somebody listens to it."""
    started_s: float = 0.0
    ended_s: float = 0.0

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def active(self) -> bool:
        return self.state in ("ready", "running")

    @property
    def saying(self) -> str:
        """The last line of what the model is writing."""
        return next((line for line in reversed(self.written.splitlines()) if line.strip()), "")

    def hear(self, text: str) -> None:
        """Take in what the model adds to what it is writing."""
        self.written = (self.written + text)[-_WRITTEN:]

    def apply(self, event: AnyEvent | Unreadable, at_s: float) -> None:
        match event:
            case StepReady(round=round_):
                self.state, self.round, self.failure, self.ended_s = "ready", round_, "", 0.0
            case StepStarted(attempt=attempt):
                self.state, self.attempt = "running", attempt
                self.started_s = self.started_s or at_s
            case StepTurn(model=model):
                self.turns += 1
                self.model, self.written = model or self.model, ""
            case ModelAnswered(model=model, usage=usage):
                self.model, self.cost_usd = model, added(self.cost_usd, usage.cost_usd)
            case StepSteered(model=model) if model:
                self.model = model
            case StepWaiting():
                self.state, self.written = "waiting", ""
            case StepDone(verdict=verdict):
                self.state, self.verdict, self.ended_s = "done", verdict, at_s
            case StepFailed(failure=failure):
                self.state, self.failure, self.ended_s = "failed", failure.code, at_s


def added(total: float | None, usd: float | None) -> float | None:
    """Money so far; unknown once a part of it is."""
    return None if total is None or usd is None else total + usd
