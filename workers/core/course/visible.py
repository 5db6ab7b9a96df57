"""Which turns of a step its model still sees: all but those a rewind took back and those a condensation stands for."""

from collections.abc import Sequence

import msgspec

from mycoderai.schemas.events import StepSteered, StepTurn


class Visible(msgspec.Struct, frozen=True, kw_only=True):
    """A step's conversation after its prompt."""

    turns: tuple[StepTurn, ...]
    notes: tuple[StepSteered, ...]
    """What stands between the turns: each before the turn it names, a condensation before all of them."""

    @property
    def condensed(self) -> StepSteered | None:
        return next((note for note in self.notes if note.action == "condense"), None)


def standing(turns: Sequence[StepTurn], steered: Sequence[StepSteered]) -> tuple[StepTurn, ...]:
    """The turns whose work counts: those no rewind took back."""
    rewinds = [steer for steer in steered if steer.action == "rewind"]
    return tuple(turn for turn in turns if not any(_took_back(rewind, turn.turn) for rewind in rewinds))


def visible(turns: Sequence[StepTurn], steered: Sequence[StepSteered]) -> Visible:
    """What the model sees next. Both arguments are in the order of the log."""
    notes: list[StepSteered] = []
    for steer in steered:
        notes = [*(note for note in notes if _survives(note, steer)), steer]
    left_out = max((steer.to_turn for steer in steered if steer.action == "condense"), default=0)
    return Visible(
        turns=tuple(turn for turn in standing(turns, steered) if turn.turn > left_out),
        notes=tuple(notes),
    )


def _took_back(rewind: StepSteered, turn: int) -> bool:
    return rewind.to_turn < turn < rewind.turn


def _survives(note: StepSteered, later: StepSteered) -> bool:
    """A rewind's note stays when a later one goes further back: it says what did not work."""
    if later.action == "condense":
        return note.action != "condense" and note.turn > later.to_turn
    return note.action in ("condense", "rewind") or later.action != "rewind" or not _took_back(later, note.turn)
