"""Runs of one step that ends as it began: what is left to know about one when its step is done. Pure.

The log of most runs has to be read to decide how they go on. That of a step without turns is known: the orchestrator
itself appended the plan and the ready event, and the command brings the end.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import Recorded, RunPlanned, StepDone, StepReady, StepStarted, decode
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.run import RunState, fold


class ShortRun(NamedTuple):
    state: RunState
    """What the log said when the run was planned."""
    planned: Recorded
    ready: Recorded

    def ended_by(self, run_log: Log, seq: int, data: bytes) -> RunState | None:
        """The state after the step's end, should the log hold nothing else but that its first attempt was started;
        None when it must hold more."""
        pool, step = self.ready.subject.pool, self.ready.subject.step
        subject = parse_event(run_log.step_event(pool, step, "done"))
        try:
            done = decode(data, subject)
        except MalformedMessage:
            return None
        if not isinstance(done, StepDone) or done.attempt != 1 or done.result or done.evidence or done.plan:
            return None
        started = StepStarted(attempt=1, round=1, worker="")
        events = (
            self.planned,
            self.ready,
            Recorded(seq=self.ready.seq, time="", subject=subject, event=started),
            Recorded(seq=seq, time="", subject=subject, event=done),
        )
        return fold(events, self.state)


def short_run(state: RunState, appended: Sequence[Recorded]) -> ShortRun | None:
    """What was just begun, if it may turn out to be one: its first plan has one step, which is ready."""
    match [recorded.event for recorded in appended]:
        case [RunPlanned(revision=1, steps=(_,)), StepReady(round=1)] if not state.steps and not state.unheard:
            return ShortRun(state, *appended)
    return None
