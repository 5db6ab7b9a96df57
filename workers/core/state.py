"""What a run's log comes to."""

from enum import StrEnum

import msgspec

from mycoderai.schemas.events import (
    Answer,
    AskHeard,
    CancelAsked,
    EditAsked,
    Question,
    RunFinished,
    RunSubmitted,
    StepDone,
    StepSpec,
)
from mycoderai.schemas.execution import Evidence
from mycoderai.schemas.failure import Failure

MAX_ROUNDS = 3
"""How often a step is made ready before its failure, retryable or not, counts."""


class StepStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    spec: StepSpec
    status: StepStatus = StepStatus.PENDING
    round: int = 0
    """How often the step was made ready to start anew."""
    ready_seq: int = 0
    """Sequence of its last ready event; what the next one is checked against."""
    issued: int = 0
    """How often it was made ready since an attempt last began."""
    attempt: int = 0
    done: StepDone | None = None
    failure: Failure | None = None
    retry_asked: bool = False
    question: Question | None = None
    """What it waits for."""
    answer: Answer | None = None
    """What a person said to it; the step can go on."""

    @property
    def may_retry(self) -> bool:
        if self.status is not StepStatus.FAILED:
            return False
        return self.retry_asked or (self.failure is not None and self.failure.retryable and self.round < MAX_ROUNDS)


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    submission: RunSubmitted | None = None
    submitted_s: int = 0
    """When it was submitted, in seconds since 1970."""
    steps: dict[str, StepState] = {}
    """In the order of the plan; empty until there is one."""
    revision: int = 0
    begun: dict[str, int] = {}
    """Every step that was ever made ready, in the plan or not, and the sequence of its last ready event. Its log is
    there, so no other step may have its name."""
    adopted: frozenset[str] = frozenset()
    """Finished steps whose proposal or verdict the plan takes into account."""
    waits: bool = False
    """The plan waits for a person."""
    denied: Answer | None = None
    """The plan was denied, and nothing came of it yet."""
    paused: bool = False
    edit: EditAsked | None = None
    """An edit of the plan that is not carried out yet, and its sequence."""
    edit_seq: int = 0
    settled: dict[str, str] = {}
    """Questions that were answered, and how."""
    unheard: dict[int, AskHeard] = {}
    """What is still to be said about asks, by their sequence."""
    proofs: dict[str, Evidence] = {}
    cancel: CancelAsked | None = None
    finished: RunFinished | None = None
    turns: int = 0
    cost_usd: float | None = 0.0
    """None once a call without a known price was made."""
    last_decision: int = 0
    """Sequence of the last run-level event; what the next one is checked against."""
    last_seq: int = 0

    @property
    def at_s(self) -> int:
        """The time the run's commits carry."""
        return (self.submission.at_s if self.submission else 0) or self.submitted_s

    @property
    def plan_question(self) -> str:
        """The question a plan that waits is approved by."""
        return f"plan-{self.revision}" if self.waits else ""
