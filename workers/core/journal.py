"""A step's journal as the fold of its log: which attempt is the current one, and where it resumes."""

from collections.abc import Iterable

import msgspec

from mycoderai.schemas.events import (
    Recorded,
    StepDone,
    StepFailed,
    StepOpened,
    StepReleased,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.workers.core.run import epoch_s

MOST_FRUITLESS = 10
"""Interrupted attempts without a turn, one after the other, that end a step. Each has waited for what it needs for
three quarters of a minute, so an outage may last for more than ten minutes."""


class JournalState(msgspec.Struct, frozen=True, kw_only=True):
    attempt: int = 0
    """Number of the current attempt; an append by an earlier one is refused."""
    attempts_in_round: int = 0
    """Attempts since the round began or a person last answered; only lost workers make it grow."""
    fruitless: int = 0
    """Attempts in a row that were interrupted before they came to a turn: what they need is not there."""
    round: int = 0
    worked_s: int = 0
    """Seconds this round has used up to its last attempt's start; waiting for a person does not count."""
    turns: tuple[StepTurn, ...] = ()
    steered: tuple[StepSteered, ...] = ()
    opened: StepOpened | None = None
    """The round's first opening, with the prompt all turns follow."""
    session: str = ""
    """The last session, which may still live: that of an attempt which ended in order is closed."""
    parked: StepWaiting | None = None
    """Set while the step waits for a person."""
    interrupted: StepTurn | None = None
    """The turn the step stopped in to wait, until that turn is complete."""
    released: bool = False
    """The current attempt gave the step back; nobody has it."""
    ended: bool = False
    """The current round has its outcome."""
    last_seq: int = 0

    @property
    def at_work(self) -> bool:
        """The current attempt has not said its last word."""
        return self.attempt > 0 and not (self.ended or self.parked or self.released)

    def is_exhausted(self, max_attempts: int) -> bool:
        """Whether another attempt is one too many."""
        return self.attempts_in_round >= max_attempts or self.fruitless >= MOST_FRUITLESS

    @property
    def heard(self) -> set[int]:
        """The asks whose messages the round was told, in the turn it stopped in too: each is told once."""
        turns = (*self.turns, self.interrupted) if self.interrupted else self.turns
        return {heard.ask for turn in turns for heard in turn.heard}

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Where the code stands; None: where the step begins."""
        if self.interrupted:
            return self.interrupted.checkpoint
        last_turn = self.turns[-1].turn if self.turns else 0
        rewound = [steer for steer in self.steered if steer.action == "rewind" and steer.turn > last_turn]
        if rewound:
            return rewound[-1].checkpoint
        return self.turns[-1].checkpoint if self.turns else None


def in_round(state: JournalState, round_: int) -> JournalState:
    """What an attempt at a round builds on: a new round starts over."""
    if state.round == round_:
        return state
    return JournalState(attempt=state.attempt, round=round_, last_seq=state.last_seq)


class _Fold:
    """Lists grow in place: thousands of turns would be copied thousands of times otherwise."""

    def __init__(self) -> None:
        self.state = JournalState()
        self.turns: list[StepTurn] = []
        self.steered: list[StepSteered] = []
        self._since: int | None = None
        """When the work under way began; None while nobody works."""
        self._turned = False
        """The current attempt came to a turn."""

    def apply(self, recorded: Recorded) -> None:
        state, event = self.state, recorded.event
        match event:
            case StepStarted(attempt=attempt, round=round_) if attempt > state.attempt:
                self._started(event, new_round=round_ > state.round, at=epoch_s(recorded.time))
            case StepOpened(attempt=attempt) if attempt == state.attempt:
                self._change(opened=state.opened or event, session=event.session)
            case StepTurn(attempt=attempt) if attempt == state.attempt:
                self.turns.append(event)
                self._turned = True
                self._change(interrupted=None, fruitless=0)
            case StepSteered(attempt=attempt) if attempt == state.attempt:
                self.steered.append(event)
            case StepWaiting(attempt=attempt) if attempt == state.attempt:
                self._pause(epoch_s(recorded.time))
                self._change(session="", parked=event, interrupted=event.partial, attempts_in_round=0, fruitless=0)
            case StepReleased(attempt=attempt) if attempt == state.attempt and state.at_work:
                self._released(event, epoch_s(recorded.time))
            case StepDone(attempt=attempt) | StepFailed(attempt=attempt) if attempt == state.attempt:
                self._change(ended=True)

    def _released(self, event: StepReleased, at: int) -> None:
        self._pause(at)
        self._change(
            released=True,
            session="" if event.reason == "stopped" else self.state.session,
            attempts_in_round=self.state.attempts_in_round - 1,
            fruitless=self.state.fruitless + (event.reason == "interrupted" and not self._turned),
        )

    def _started(self, event: StepStarted, *, new_round: bool, at: int) -> None:
        if new_round:
            # A retry starts over; what the failed round did is in the log, not in the next prompt.
            self.turns.clear()
            self.steered.clear()
            self._since = None
            self._change(opened=None, session="", interrupted=None, worked_s=0, attempts_in_round=0, fruitless=0)
        self._pause(at)
        self._since, self._turned = at, False
        self._change(
            attempt=event.attempt,
            round=event.round,
            attempts_in_round=self.state.attempts_in_round + 1,
            parked=None,
            released=False,
            ended=False,
        )

    def _pause(self, at: int) -> None:
        """Count the work up to now, and none until it goes on."""
        if self._since is not None:
            self._change(worked_s=self.state.worked_s + max(0, at - self._since))
        self._since = None

    def _change(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)


def fold_journal(events: Iterable[Recorded]) -> JournalState:
    fold = _Fold()
    last_seq = 0
    for recorded in events:
        fold.apply(recorded)
        last_seq = recorded.seq
    return msgspec.structs.replace(fold.state, turns=tuple(fold.turns), steered=tuple(fold.steered), last_seq=last_seq)
