"""When to say again, to a run that repeats another one, what people said to that. Pure.

Every accepted ask is due once all has happened that had happened before it then. Messages are left out: a step that is
replayed hears them by itself, in the turn in which it heard them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mycoderai.schemas.events import (
    Ask,
    AskHeard,
    CancelAsked,
    MessageAsked,
    Recorded,
    RunFinished,
    RunPlanned,
    StepDone,
    StepFailed,
    StepReady,
    StepStarted,
    StepTurn,
    StepWaiting,
)

Fact = tuple[str, ...]
"""Something that happens in a run and in its replay alike."""


class Cue(NamedTuple):
    ask: Ask
    after: frozenset[Fact]


class Facts:
    """What has happened in a run, event by event."""

    def __init__(self) -> None:
        self.seen: set[Fact] = set()
        self.asking: set[str] = set()
        """Steps that wait for an answer in words."""
        self._rounds: dict[str, int] = {}

    def apply(self, recorded: Recorded) -> None:
        step = recorded.subject.step
        match recorded.event:
            case RunPlanned(revision=revision):
                self.seen.add(("planned", str(revision)))
            case StepReady(round=round_):
                self.asking.discard(step)
                self.seen.add(("ready", step, str(round_)))
            case StepFailed():
                self.seen.add(("failed", step, str(self._rounds.get(step, 0))))
            case StepStarted(round=round_):
                self._rounds[step] = round_
            case StepTurn(turn=turn):
                self.seen.add(("turn", step, str(self._rounds.get(step, 0)), str(turn)))
            case StepDone():
                self.seen.add(("done", step, str(self._rounds.get(step, 0))))
            case StepWaiting(question=question) if question.kind != "paused":
                self.seen.add(("waiting", question.id))
                self.asking |= {step} if question.kind == "question" else set()


def cues_of(origin: Iterable[Recorded]) -> list[Cue]:
    """What is to be said, in order."""
    events = list(origin)
    accepted = _accepted(events)
    facts = Facts()
    cues = []
    for recorded in events:
        facts.apply(recorded)
        ask = recorded.event
        if isinstance(ask, Ask) and recorded.seq in accepted and _is_said_again(ask, facts):
            cues.append(Cue(ask, frozenset(facts.seen)))
    return cues


def _is_said_again(ask: Ask, facts: Facts) -> bool:
    if isinstance(ask, MessageAsked):
        return ask.step in facts.asking
    return True


def _accepted(events: Iterable[Recorded]) -> set[int]:
    """Sequences of asks that counted. The answer to a cancellation is the end of the run."""
    accepted, cancelled, first = set(), False, 0
    for recorded in events:
        match recorded.event:
            case AskHeard(ask=ask, accepted=True):
                accepted.add(ask)
            case CancelAsked():
                first = first or recorded.seq
            case RunFinished(status=status):
                cancelled = status == "cancelled"
    return accepted | {first} if cancelled else accepted
