"""A step of a replayed run: what came from outside the loop comes from the recorded run, what comes out is compared."""

from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import Heard, StepOpened, StepSteered, StepTurn
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.core.journal import JournalState
from mycoderai.workers.core.recording import Recording, difference
from mycoderai.workers.handler import StepContext
from mycoderai.workers.recorded import read_recording

_OUTSIDE = frozenset({"memory"})
"""Tools that answer from what has moved on since, and write to it: they do nothing in a replay."""


class Replay:
    """One round of a step, beside what was recorded of it."""

    def __init__(self, recording: Recording, journal: JournalState) -> None:
        self._recording = recording
        self.people = RecordedPeople(recording, journal)

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
    """`People` for a replay: messages are heard in the turns in which they were heard then, and nobody pauses."""

    paused_by = 0

    def __init__(self, recording: Recording, journal: JournalState) -> None:
        self._recorded = recording.turns
        last = journal.turns[-1].turn if journal.turns else 0
        self._turn = journal.interrupted.turn if journal.interrupted else last

    async def listen(self) -> None:
        """The log has been read."""

    def take_now(self) -> tuple[Heard, ...]:
        self._turn += 1
        return self._heard_in(self._turn)

    def hurry_after(self) -> bool:
        return bool(self._heard_in(self._turn + 1))

    def _heard_in(self, turn: int) -> tuple[Heard, ...]:
        recorded = self._recorded.get(turn)
        # Number 0 is the answer to a question of the step itself, which is given again.
        return tuple(heard for heard in recorded.heard if heard.ask) if recorded else ()


async def open_replay(step: StepContext) -> Replay | None:
    """What was recorded of the step; None when the run is no replay."""
    if not step.submission.replay:
        return None
    recording = await read_recording(step.nc, step.submission.replay, step.shard, step.step, step.ready.round)
    return Replay(recording, step.journal.state)
