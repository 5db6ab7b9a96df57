"""Whether two runs did the same: their logs event by event, without what is only time, place or money. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from mycoderai.gateway.cli.essence import Entry, essence
from mycoderai.schemas.events import Recorded

MISSING = "(nothing)"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where two logs say something else."""

    step: str
    """Empty: it is about the whole run."""
    event: str
    turn: int = 0
    """0 where the event is no turn."""
    field: str = ""
    was: Any = MISSING
    now: Any = MISSING


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    events: int
    """How many were found equal, up to the first difference."""
    difference: Difference | None = None

    @property
    def identical(self) -> bool:
        return self.difference is None


def compare(then: Iterable[Recorded], now: Iterable[Recorded]) -> Comparison:
    """Steps in the order in which they began, each with its own events in order; then the run itself."""
    before, after = essence(then), essence(now)
    equal = 0
    for step in _steps(before.steps, after.steps):
        entries, others = before.steps.get(step, []), after.steps.get(step, [])
        if step in before.cut_off:
            # How far it got before somebody stopped it was a matter of time.
            entries, others = entries[: len(others)], others[: len(entries)]
        same, difference = _first_difference(step, entries, others)
        equal += same
        if difference:
            return Comparison(events=equal, difference=difference)
    same, difference = _first_difference("", before.run, after.run)
    return Comparison(events=equal + same, difference=difference)


def _steps(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys((*before, *after)))


def _first_difference(step: str, then: Sequence[Entry], now: Sequence[Entry]) -> tuple[int, Difference | None]:
    for index, (was, is_) in enumerate(zip_longest(then, now)):
        if was is None or is_ is None:
            entry = was or is_
            return index, Difference(
                step=step,
                event=entry.kind,
                turn=entry.turn,
                was=was.fields if was else MISSING,
                now=is_.fields if is_ else MISSING,
            )
        if was.kind != is_.kind:
            return index, Difference(step=step, event=was.kind, turn=was.turn, was=was.kind, now=is_.kind)
        if was.fields != is_.fields:
            field, old, new = _where(was.fields, is_.fields)
            return index, Difference(step=step, event=was.kind, turn=was.turn, field=field, was=old, now=new)
    return len(then), None


def _where(was: Any, now: Any, path: str = "") -> tuple[str, Any, Any]:
    """The path of the first part that differs, and what stands there."""
    match was, now:
        case dict(), dict():
            for name in _steps(was, now):
                if was.get(name, MISSING) != now.get(name, MISSING):
                    inner = f"{path}.{name}" if path else name
                    return _where(was.get(name, MISSING), now.get(name, MISSING), inner)
        case list(), list():
            for index, (old, new) in enumerate(zip_longest(was, now, fillvalue=MISSING)):
                if old != new:
                    return _where(old, new, f"{path}[{index}]")
    return path, was, now
