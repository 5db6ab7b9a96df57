"""What is known outside of the fleet: the effects its handlers had on the world, and what clients were told.

Both are append-only files. A line is one write that is on the disk before the call returns, so neither a kill nor
another process that is stopped can tear it or hold it up.
"""

import os
from pathlib import Path
from typing import Literal

import msgspec

from mycoderai.workers.handler import StepContext


class Effect(msgspec.Struct, frozen=True):
    """One effect on the world. `call` is what the world tells a repetition by: equal calls have an effect once."""

    run: str
    step: str
    round: int
    turn: int
    attempt: int
    call: str


Told = Literal["submitted", "acked", "ambiguous", "refused"]


class Line(msgspec.Struct, frozen=True):
    """What a client knows of a submission. The last line of a run counts: `submitted`: it was sent. `acked`: the
    broker said that it is stored at `seq`. `ambiguous`: nobody answered. `refused`: the broker said no."""

    run: str
    told: Told
    seq: int = 0
    why: str = ""


class _Lines:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, line: msgspec.Struct) -> None:
        os.write(self._file, msgspec.json.encode(line) + b"\n")
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)


class Witness(_Lines):
    """Every process that has effects opens the same path."""

    def saw(self, step: StepContext, turn: int, call: str) -> None:
        self.write(Effect(step.run, step.step, step.ready.round, turn, step.attempt, call))


class Ledger(_Lines):
    """Of one client."""

    def note(self, run: str, told: Told, seq: int = 0, why: str = "") -> None:
        self.write(Line(run, told, seq, why))


def effects(path: Path, after: int = 0) -> list[Effect]:
    """after: how many bytes were there before."""
    return [msgspec.json.decode(line, type=Effect) for line in _whole_lines(path, after)]


def ledger(path: Path, after: int = 0) -> dict[str, Line]:
    """The last word on every run."""
    lines = (msgspec.json.decode(line, type=Line) for line in _whole_lines(path, after))
    return {line.run: line for line in lines}


def _whole_lines(path: Path, after: int) -> list[bytes]:
    """A power loss may leave a last line that was not acknowledged to its writer."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(after)
        return file.read().split(b"\n")[:-1]
