"""A step of a replayed run: what came from outside the loop comes from the recorded run, what comes out is compared."""

import asyncio
import contextlib
from contextlib import aclosing

from nats.aio.client import Client

from mycoderai.broker.log import Raw, follow
from mycoderai.schemas.errors import MalformedMessage, RefusedError
from mycoderai.schemas.events import Heard, StepOpened, StepSteered, StepTurn
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.journal import JournalState
from mycoderai.workers.core.recording import Recording, changes_course, difference
from mycoderai.workers.handler import StepContext
from mycoderai.workers.recorded import read_recording

WORDS_WITHIN_S = 30.0
_OUTSIDE = frozenset({"memory"})
"""Tools that answer from what has moved on since, and write to it: they do nothing in a replay."""


class Replay:
    """One round of a step, beside what was recorded of it."""

    def __init__(self, recording: Recording, people: "RecordedPeople") -> None:
        self._recording = recording
        self.people = people

    @property
    def opened(self) -> StepOpened | None:
        return self._recording.journal.opened

    @property
    def steered(self) -> tuple[StepSteered, ...]:
        return self._recording.journal.steered

    def recorded_result(self, turn: int, index: int) -> ToolResult | None:
        """The result of a call whose own is worth nothing; None for all others."""
        recorded = self._recording.turns.get(turn)
        if recorded is None or index >= len(recorded.results):
            return None
        return recorded.results[index] if recorded.results[index].name in _OUTSIDE else None

    def compare(self, turn: StepTurn) -> None:
        """Raises RefusedError with where the turn came out differently."""
        if differs := difference(self._recording, turn):
            raise RefusedError(differs)


class RecordedPeople:
    """`People` for a replay: messages are heard in the turns in which they were heard then, and no step is paused.
    A turn before which the plan was edited, say, waits for that to happen again."""

    paused_by = 0

    def __init__(self, nc: Client, run_log: Log, recording: Recording, journal: JournalState) -> None:
        self._nc = nc
        self._log = run_log
        self._recorded = recording.turns
        self._words_before = recording.words_before
        self._words = 0
        last = journal.turns[-1].turn if journal.turns else 0
        self._turn = journal.interrupted.turn if journal.interrupted else last

    async def listen(self) -> None:
        """Return once as many words have been given as before the next turn then. Where they do not come, the turn
        goes on, and the comparison of the logs says what is different."""
        due = self._words_before.get(self._turn + 1, 0)
        if self._words >= due:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WORDS_WITHIN_S):
                await self._given(due)
        self._words = due

    async def _given(self, due: int) -> None:
        words = 0
        heard = follow(self._nc, self._log.shard, self._log.run_event("heard"))
        async with aclosing(heard) as messages:  # type: ignore[type-var]
            async for raw in messages:
                words += _changes_course(raw)
                if words >= due:
                    return

    def take_now(self) -> tuple[Heard, ...]:
        self._turn += 1
        return self._heard_in(self._turn)

    def hurry_after(self) -> bool:
        return bool(self._heard_in(self._turn + 1))

    def _heard_in(self, turn: int) -> tuple[Heard, ...]:
        recorded = self._recorded.get(turn)
        # Number 0 is the answer to a question of the step itself, which is given again.
        return tuple(heard for heard in recorded.heard if heard.ask) if recorded else ()


def _changes_course(raw: Raw) -> bool:
    try:
        return changes_course(raw.parse())
    except MalformedMessage:
        return False


async def open_replay(step: StepContext) -> Replay | None:
    """What was recorded of the step; None when the run is no replay."""
    if not step.submission.replay:
        return None
    recording = await read_recording(step.nc, step.submission.replay, step.shard, step.step, step.ready.round)
    return Replay(recording, RecordedPeople(step.nc, step.log, recording, step.journal.state))
