"""What a run looks like to somebody who follows it: a fold over its events, without any printing."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from mycoderai.gateway.questions import Questions
from mycoderai.gateway.step_view import StepView, added
from mycoderai.schemas.events import (
    ApproveAsked,
    Ask,
    AskHeard,
    CancelAsked,
    DenyAsked,
    ModelAnswered,
    PauseAsked,
    Question,
    Recorded,
    ResumeAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepReady,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.plan import StepSpec


@dataclass(frozen=True, slots=True)
class Revision:
    """The plan as it was decided at one time."""

    plan: RunPlanned
    time: str


@dataclass
class RunView:
    run: str
    submitted: RunSubmitted | None = None
    submitted_at: str = ""
    submitted_s: float = 0.0
    revisions: list[Revision] = field(default_factory=list)
    steps: dict[str, StepView] = field(default_factory=dict)
    """In the order of the plan."""
    questions: Questions = field(default_factory=Questions)
    asks: dict[int, Ask] = field(default_factory=dict)
    """What people asked, by sequence."""
    turns: int = 0
    cost_usd: float | None = 0.0
    """None once a call without a known price was made."""
    paused: bool = False
    cancel_asked: bool = False
    finished: RunFinished | None = None
    finished_s: float = 0.0
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the person no longer wants to watch."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with every event, for the one who waits for the next and clears it."""

    @property
    def revision(self) -> int:
        return self.revisions[-1].plan.revision if self.revisions else 0

    @property
    def blocked(self) -> bool:
        """Nothing more happens before a person says something."""
        if self.finished or self.cancel_asked or not len(self.questions):
            return False
        return not any(self._moves(step) for step in self.steps.values())

    def apply(self, recorded: Recorded, activity: str = "") -> None:
        """Take in one event; `activity` is a sentence for what the step does now."""
        at = seconds(recorded.time)
        self._apply(recorded, at)
        if step := self._step(recorded):
            step.apply(recorded.event, at)
            if activity:
                step.activity.append(activity)
        self.moved.set()

    def _apply(self, recorded: Recorded, at: float) -> None:
        match recorded.event:
            case RunSubmitted() as event:
                self.submitted, self.submitted_at, self.submitted_s = event, recorded.time, at
            case RunPlanned() as event:
                self._plan(event, recorded.time)
            case RunFinished() as event:
                self.finished, self.finished_s = event, at
                self.questions.close()
            case ModelAnswered(usage=usage):
                self.cost_usd = added(self.cost_usd, usage.cost_usd)
            case StepTurn():
                self.turns += 1
            case StepWaiting(question=question):
                self.questions.ask(question, recorded.subject.step, recorded.time)
            case StepReady():
                self.questions.settle_step(recorded.subject.step, "answered")
            case AskHeard() as event:
                self._hear(event)
            case event if isinstance(event, Ask):
                self._asked(event, recorded)

    def _step(self, recorded: Recorded) -> StepView | None:
        """The step an event is about. One that the plan has dropped meanwhile is not shown any more."""
        where = recorded.subject
        if where.step and not self.revisions:
            self.steps.setdefault(where.step, StepView(StepSpec(id=where.step, role=where.pool, goal="")))
        return self.steps.get(where.step)

    def _plan(self, plan: RunPlanned, time: str) -> None:
        self.questions.settle_kind("plan", "the plan was revised")
        self.revisions.append(Revision(plan, time))
        before, self.steps = self.steps, {}
        for spec in plan.steps:
            self.steps[spec.id] = before.get(spec.id, StepView(spec))
            self.steps[spec.id].spec = spec
        for taken in plan.taken_over:
            if taken.step in self.steps:
                self.steps[taken.step].state = "done"
        for id_ in before.keys() - self.steps.keys():
            self.questions.settle_step(id_, "the plan dropped the step")
        if plan.waits:
            text = "Is the plan to be carried out?"
            self.questions.ask(Question(id=f"plan-{plan.revision}", kind="plan", text=text), "", time)

    def _asked(self, ask: Ask, recorded: Recorded) -> None:
        self.asks[recorded.seq] = ask
        if isinstance(ask, CancelAsked):
            self.cancel_asked = True
        if isinstance(ask, PauseAsked) and not self.paused and not self.finished:
            # It holds from its place in the log on; only a second one is refused.
            self.paused = True
            text = f"Paused by {ask.by or 'somebody'}" + (f": {ask.reason}" if ask.reason else "")
            self.questions.ask(Question(id=f"pause-{recorded.seq}", kind="paused", text=text), "", recorded.time)

    def _hear(self, heard: AskHeard) -> None:
        ask = self.asks.get(heard.ask)
        if not heard.accepted:
            return
        match ask:
            case ResumeAsked():
                self.paused = False
                self.questions.settle_kind("paused", f"resumed by {ask.by or 'somebody'}")
            case ApproveAsked(arguments=changed):
                how = "approved with changes" if changed else "approved"
                self.questions.settle(ask.question, f"{how} by {ask.by or 'somebody'}")
            case DenyAsked():
                self.questions.settle(ask.question, f"denied by {ask.by or 'somebody'}")

    def _moves(self, step: StepView) -> bool:
        """Whether it is at work, or the orchestrator is about to do something about it."""
        if step.state != "pending":
            return step.active or step.state == "failed"
        held = self.paused or self.questions.has("plan")
        return not held and all(need in self.steps and self.steps[need].state == "done" for need in step.spec.needs)


def seconds(time: str) -> float:
    """RFC 3339 with nanoseconds, as the server writes it, to seconds since 1970."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0
