"""The ways in which a step turns in circles, each found in the traces of its turns."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from mycoderai.workers.core.course.trace import Trace

LoopKind = Literal["silent", "broken", "exact", "reworded", "alternating", "undoing", "nothing_new", "fruitless"]
LONGEST_CYCLE = 4


class StuckLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many turns of a kind are a loop."""

    silent: int = 3
    """Turns without a tool call."""
    errors: int = 4
    """Turns with the same error, whatever was called."""
    identical: int = 3
    """The same call with the same result."""
    reworded: int = 4
    """Different calls with the same result on the same files."""
    cycle: int = 6
    """Turns that repeat a cycle of two or three; longer ones go round twice."""
    reentries: int = 3
    """Changes in a row, each back to files that were there before."""
    stale: int = 8
    """Turns in any order that brought nothing that was not known."""
    polls: int = 12
    """Turns that wait for something and see no change."""
    barren: int = 80
    """Turns since the tests were last better,"""
    measured: int = 16
    """when they were run this often since."""
    again: int = 3
    """Turns without news after the step was already told; takes the place of larger limits then."""
    fresh: int = 3
    """New actions in a row that succeed and show something new: the step is out of its loop."""

    def after_steering(self) -> "StuckLimits":
        """Once a step was told, it is told again sooner."""
        shorter = {name: min(getattr(self, name), self.again) for name in _SHORTENED}
        return msgspec.structs.replace(self, **shorter)


_SHORTENED = ("silent", "errors", "identical", "reworded", "reentries", "stale")


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    kind: LoopKind
    turns: int
    """How long it has lasted by the rule that found it."""
    says: str
    """One sentence for a person."""


def find_loop(window: Sequence[Trace], before: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    """window: the turns since the step was last steered or made progress. before: the turns before those, but for
    what was left out of the conversation: to read that again is no sin."""
    if not window:
        return None
    return next(filter(None, (detect(window, before, limits) for detect in _DETECTORS)), None)


def _silent(window: Sequence[Trace], _: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    last = window[-limits.silent :]
    if len(last) < limits.silent or any(trace.calls for trace in last):
        return None
    return Loop(kind="silent", turns=len(last), says=f"The last {len(last)} answers called no tool")


def _broken(window: Sequence[Trace], _: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    last = window[-limits.errors :]
    if len(last) < limits.errors or not all(trace.error and not trace.moved for trace in last):
        return None
    if any(trace.error != last[0].error or trace.not_green for trace in last):
        return None
    return Loop(kind="broken", turns=len(last), says=f"The last {len(last)} turns failed alike: {last[-1].error[:200]}")


def _repeated(window: Sequence[Trace], _: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    last = window[-1]
    same = _run(window, lambda trace: trace.effect == last.effect)
    if not last.calls or same < _patience(last, limits.identical, limits):
        return None
    if len({trace.calls for trace in window[-same:]}) == 1:
        return Loop(kind="exact", turns=same, says=f"The same call gave the same result {same} times")
    if same < _patience(last, limits.reworded, limits):
        return None
    return Loop(kind="reworded", turns=same, says=f"{same} turns in different words had the same result")


def _alternating(window: Sequence[Trace], _: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    effects = [trace.effect for trace in window]
    for period in range(2, LONGEST_CYCLE + 1):
        turns = max(_patience(window[-1], limits.cycle, limits), 2 * period)
        last = effects[-turns:]
        if len(last) == turns and last[period:] == last[:-period]:
            return Loop(kind="alternating", turns=turns, says=f"A cycle of {period} turns went round without news")
    return None


def _undoing(window: Sequence[Trace], before: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    back = _reentries(window, before)
    if back < limits.reentries:
        return None
    return Loop(kind="undoing", turns=back, says=f"The last {back} changes only led back to files as they were before")


def _reentries(window: Sequence[Trace], before: Sequence[Trace]) -> int:
    """How many of the latest changes in a row led to a tree that was there before."""
    seen = {trace.tree for trace in before}
    back = 0
    for trace in window:
        if trace.moved:
            back = back + 1 if trace.tree in seen else 0
        seen.add(trace.tree)
    return back if window[-1].moved else 0


def _nothing_new(window: Sequence[Trace], before: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    seen = {trace.effect for trace in before}
    stale, last = 0, ""
    for trace in window:
        moves = trace.polls and trace.effect != last
        stale = stale + 1 if trace.effect in seen and not moves else 0
        last = trace.effect
        seen.add(last)
    if stale < _patience(window[-1], limits.stale, limits):
        return None
    return Loop(
        kind="nothing_new", turns=stale, says=f"The last {stale} turns showed nothing that was not known before"
    )


def find_fruitless(window: Sequence[Trace], limits: StuckLimits) -> Loop | None:
    """Much is done and tested, and the tests do not get better. No loop: every turn may be new."""
    best: dict[str, int] = {}
    since, measured = 0, 0
    for trace in window:
        since += 1
        for asked, not_green in trace.not_green:
            better = not_green < best.get(asked, not_green)
            since, measured = (0, 0) if better else (since, measured + 1)
            best[asked] = min(not_green, best.get(asked, not_green))
    if since < limits.barren or measured < limits.measured or not any(best.values()):
        return None
    return Loop(kind="fruitless", turns=since, says=f"The tests were not better after any of the last {since} turns")


_Detector = Callable[[Sequence[Trace], Sequence[Trace], StuckLimits], Loop | None]
_DETECTORS: tuple[_Detector, ...] = (_silent, _broken, _repeated, _alternating, _undoing, _nothing_new)


def _run(window: Sequence[Trace], holds: Callable[[Trace], bool]) -> int:
    """How many of the last turns in a row it holds for."""
    return next((n for n, trace in enumerate(reversed(window)) if not holds(trace)), len(window))


def _patience(trace: Trace, limit: int, limits: StuckLimits) -> int:
    return max(limit, limits.polls) if trace.polls else limit


def first_turn(seen: Sequence[Trace], loop: Loop) -> int:
    """The turn the loop began with, among the turns that are still in the conversation; 0 when there are none."""
    if not seen:
        return 0
    tail = seen[-loop.turns :]
    if loop.kind == "undoing":
        return _first_change(seen, loop)
    effects = {trace.effect for trace in tail}
    return seen[-max(_run(seen, lambda trace: trace.effect in effects), 1)].turn


def _first_change(seen: Sequence[Trace], loop: Loop) -> int:
    """The first change that was undone: the turns before it, on the same files, were healthy."""
    changes = [trace for trace in seen if trace.moved][-loop.turns - 1 :]
    trees = {trace.tree for trace in changes}
    inside = seen[-max(_run(seen, lambda trace: trace.tree in trees), 1) :]
    return next((trace.turn for trace in inside if trace.moved), inside[0].turn)
