"""What the log of one step may look like: attempts one after the other, one outcome a round, each turn once."""

from collections.abc import Collection, Iterator

from mycoderai.schemas.events import (
    AnyEvent,
    StepDone,
    StepFailed,
    StepReady,
    StepReleased,
    StepStarted,
    StepTurn,
    StepWaiting,
    Unreadable,
)
from tests.sim.agent import Effect

_Word = StepTurn | StepWaiting | StepReleased | StepDone | StepFailed


class StepLog:
    """A walk along the log, independent of the fold that workers use."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._ready = 0
        self._last_ready: StepReady | None = None
        self._round = 0
        self._attempt = 0
        self._over = False
        self._waits = False
        self._released = False
        self.done = False
        self._turns: list[int] = []
        self._begun: dict[tuple[int, int], bool] = {}
        self._accepted: dict[tuple[int, int], int] = {}

    def apply(self, event: AnyEvent | Unreadable, done: Collection[str]) -> Iterator[str]:
        match event:
            case StepReady():
                yield from self._on_ready(event, done)
            case StepStarted():
                yield from self._on_started(event)
            case StepTurn() | StepWaiting() | StepReleased() | StepDone() | StepFailed():
                yield from self._on_word(event)

    def judge(self, effect: Effect, attempts: list[int]) -> Iterator[str]:
        """What the witness saw of one turn."""
        if len(attempts) != len(set(attempts)):
            yield f"O4 attempt {max(attempts)} of {self._step} did turn {effect.turn} more than once"
        if unknown := [it for it in attempts if (effect.round, it) not in self._begun]:
            yield f"O4 {self._step} was worked on by attempts {unknown}, which never began"
        accepted = self._accepted.get((effect.round, effect.turn))
        if accepted and any(attempt > accepted for attempt in attempts):
            yield f"O4 turn {effect.turn} of {self._step} was done again after it was accepted: {attempts}"
        if accepted and accepted not in attempts:
            yield f"O4 turn {effect.turn} of {self._step} was accepted of attempt {accepted}, which did not do it"

    def _on_ready(self, event: StepReady, done: Collection[str]) -> Iterator[str]:
        if missing := [need for need in event.spec.needs if need not in done]:
            yield f"O6 {self._step} was made ready before {missing}"
        if event == self._last_ready:
            return  # the sweeper issued again what the broker had given up
        if event.answer is None and event.round != self._ready + 1:
            yield f"O6 {self._step} was made ready for round {event.round} after round {self._ready}"
        if event.answer is None and self._ready and not self._over:
            yield f"O6 {self._step} was made ready again before round {self._ready} was over"
        self._ready, self._last_ready = event.round, event
        self._waits = False

    def _on_started(self, event: StepStarted) -> Iterator[str]:
        if event.attempt != self._attempt + 1:
            yield f"O3 attempt {event.attempt} of {self._step} began after attempt {self._attempt}"
        if event.round > self._ready:
            yield f"O6 {self._step} began round {event.round} before it was made ready"
        if event.round == self._round and self._over:
            yield f"O3 {self._step} began attempt {event.attempt} in a round that was over"
        if self._waits:
            yield f"O6 {self._step} went on before its question was answered"
        if event.round != self._round:
            self._turns.clear()
        self._round, self._attempt, self._over, self._released = event.round, event.attempt, False, False
        self._begun[event.round, event.attempt] = True

    def _on_word(self, event: _Word) -> Iterator[str]:
        name = type(event).__name__
        if event.attempt != self._attempt:
            yield f"O3 {name} of {self._step} by attempt {event.attempt} was accepted during attempt {self._attempt}"
        if self._over or self._waits or self._released:
            yield f"O3 {name} of {self._step} was accepted after the last word of attempt {self._attempt}"
        match event:
            case StepTurn():
                yield from self._on_turn(event)
            case StepWaiting():
                self._waits = True
            case StepReleased():
                self._released = True
            case _:
                self._over = True
                self.done = self.done or isinstance(event, StepDone)

    def _on_turn(self, event: StepTurn) -> Iterator[str]:
        self._turns.append(event.turn)
        self._accepted[self._round, event.turn] = event.attempt
        if self._turns != list(range(1, len(self._turns) + 1)):
            yield f"O4 the accepted turns of {self._step} are {self._turns}"
