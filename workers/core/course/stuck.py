"""Stuck control: whether a step makes progress, and what is done about it when it does not.

Read from the journal alone, after every turn. What is done gets stronger from one time to the next (the ladder), each
rung once, until the step makes real progress or a person says something; then the ladder starts anew.
"""

from collections.abc import Sequence

from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.workers.core.course.ladder import Ladder, Means, Steering
from mycoderai.workers.core.course.loops import Loop, StuckLimits, find_fruitless, find_loop
from mycoderai.workers.core.course.trace import Trace, traces

__all__ = ["Means", "Steering", "StuckLimits", "assess"]

REMEMBERED_TURNS = 200
_LIMITS = StuckLimits()
_NO_MEANS = Means()


def assess(
    turns: Sequence[StepTurn],
    steered: Sequence[StepSteered] = (),
    *,
    limits: StuckLimits = _LIMITS,
    means: Means = _NO_MEANS,
) -> Steering | None:
    """What to do now, or None while the step makes progress. turns, steered: of the step's current round."""
    history = traces(turns[-REMEMBERED_TURNS:], steered)
    progress = _last_progress(history, limits.fresh)
    if loop := _circles(history, steered, progress, limits):
        return Ladder(turns, steered, history, loop, means).climb(_rungs(steered, progress))
    better = _last_progress(history, None)
    if loop := find_fruitless(_since(history, steered, better), limits):
        return Ladder(turns, steered, history, loop, means).climb(_rungs(steered, better))
    return None


def _circles(
    history: Sequence[Trace], steered: Sequence[StepSteered], progress: int, limits: StuckLimits
) -> Loop | None:
    window = _since(history, steered, progress)
    left_out = max((steer.to_turn for steer in steered if steer.action == "condense"), default=0)
    before = [trace for trace in history[: len(history) - len(window)] if trace.turn > left_out]
    told = _rungs(steered, progress) - {"condense"}  # a conversation that got too long is no loop
    return find_loop(window, before, limits.after_steering() if told else limits)


def _since(history: Sequence[Trace], steered: Sequence[StepSteered], progress: int) -> Sequence[Trace]:
    """The turns since the step was last told something, or made progress."""
    began = max([progress, *(steer.turn for steer in steered)])
    return [trace for trace in history if trace.turn >= began]


def _rungs(steered: Sequence[StepSteered], progress: int) -> set[str]:
    """What was done already since the last progress."""
    return {steer.action for steer in steered if steer.turn > progress}


def _last_progress(history: Sequence[Trace], enough_new: int | None) -> int:
    """The last turn with real progress, or in which a person was heard; 0: none yet.

    enough_new: so many new successful actions in a row are progress too; None: only better tests are.
    """
    progress, fresh = 0, 0
    effects: set[str] = set()
    actions: set[str] = set()
    measured: dict[str, tuple[int, frozenset[str]]] = {}
    for trace in history:
        new = not trace.failed and trace.effect not in effects and not actions.issuperset(trace.actions)
        fresh = fresh + 1 if new else 0
        if trace.heard or _fewer_not_green(trace, measured) or (enough_new and fresh >= enough_new):
            progress = trace.turn
        effects.add(trace.effect)
        actions.update(trace.actions)
        _measure(trace, measured)
    return progress


def _fewer_not_green(trace: Trace, measured: dict[str, tuple[int, frozenset[str]]]) -> bool:
    """On files that were not tested before, by the same action that found more."""
    known = [(not_green, *measured[asked]) for asked, not_green in trace.not_green if asked in measured]
    return any(not_green < best and trace.tree not in trees for not_green, best, trees in known)


def _measure(trace: Trace, measured: dict[str, tuple[int, frozenset[str]]]) -> None:
    for asked, not_green in trace.not_green:
        best, trees = measured.get(asked, (not_green, frozenset()))
        measured[asked] = (min(best, not_green), trees | {trace.tree})
