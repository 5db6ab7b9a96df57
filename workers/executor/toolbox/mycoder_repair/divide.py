"""The failing tests of a level in independent groups."""

from __future__ import annotations

from dataclasses import dataclass

from . import groups
from .groups import MAX_GROUPS, Group
from .level import Level
from .pool import Pool
from .spectra import Spectra


@dataclass(frozen=True)
class Division:
    groups: list[Group]
    left_over: list[str]
    """Failing tests that several groups could explain, or that fail only in the wake of others."""


def divide(level: Level, pool: Pool) -> Division:
    """One group of all, when the tests cannot be told apart or cannot be run without each other."""
    found = _independent(level, pool) if level.warm and not level.ordered else []
    if len(found) < 2:
        return Division([tuple(level.baseline.failing)], [])
    grouped = {nodeid for group in found for nodeid in group}
    return Division(groups.limited(found), [nodeid for nodeid in level.baseline.failing if nodeid not in grouped])


def _independent(level: Level, pool: Pool) -> list[Group]:
    failing = set(level.failing)
    traces, spectra = level.profile.traces, Spectra(level.sources)
    order = [nodeid for nodeid in level.baseline.outcomes if nodeid in failing]
    # Of a program that a test starts nothing is seen.
    seen = [nodeid for nodeid in order if nodeid in traces and not traces[nodeid].starts_programs]
    places = {nodeid: spectra.of(traces[nodeid].lines) for nodeid in seen}
    mendable = {nodeid: ran for nodeid, ran in places.items() if ran}
    passing = (spectra.of(trace.lines) for nodeid, trace in traces.items() if nodeid not in failing)
    found = groups.independent(groups.grouped(mendable, passing), lambda group: _fails_alone(level, pool, group))
    if not found:
        return []
    found = groups.with_unseen(found, (nodeid for nodeid in order if nodeid not in places))
    # What runs no code that may be edited shall not spoil the others' chances.
    apart = tuple(nodeid for nodeid in places if nodeid not in mendable)
    return [*groups.merged(found, MAX_GROUPS - bool(apart)), *([apart] if apart else [])]


def _fails_alone(level: Level, pool: Pool, group: Group) -> bool:
    """A test that passes when the others have not run is in their wake, and no group's target."""
    return not pool.workers[0].evaluate(level.unchanged(group), warm=True).fixed(group)
