"""Spectrum-based fault localisation: how suspicious every executed line is, from 0 to 1."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

from .profile import Line, Profile, TestTrace

DEEPEST_FRAME = 0.6
OTHER_FRAME = 0.25


def suspiciousness(profile: Profile, failing: list[str]) -> dict[Line, float]:
    """Ochiai and DStar over the lines failing tests ran, raised where an exception passed through."""
    bad = [profile.traces[nodeid] for nodeid in failing if nodeid in profile.traces]
    good = [trace for nodeid, trace in profile.traces.items() if nodeid not in set(failing)]
    scores: dict[Line, float] = {}
    for line in sorted({line for trace in bad for line in trace.lines}):
        in_bad = sum(line in trace.lines for trace in bad)
        in_good = sum(line in trace.lines for trace in good)
        scores[line] = (_ochiai(in_bad, in_good, len(bad)) + _dstar(in_bad, in_good, len(bad))) / 2
    for line, raise_by in _crossed(bad).items():
        if line in scores:
            scores[line] *= 1 + raise_by / len(bad)
    top = max(scores.values(), default=1.0)
    return {line: score / top for line, score in scores.items()}


def _crossed(traces: list[TestTrace]) -> dict[Line, float]:
    """Lines exceptions passed through, with one share for every test in which one did."""
    found: dict[Line, float] = defaultdict(float)
    for trace in traces:
        shares: dict[Line, float] = {}
        for depth, (path, number, _name) in enumerate(reversed(trace.frames)):
            shares.setdefault((path, number), OTHER_FRAME if depth else DEEPEST_FRAME)
        for line, share in shares.items():
            found[line] += share
    return found


def _ochiai(in_bad: int, in_good: int, bad: int) -> float:
    return in_bad / sqrt(bad * (in_bad + in_good))


def _dstar(in_bad: int, in_good: int, bad: int) -> float:
    """DStar with exponent 2, squeezed into 0..1."""
    ratio = in_bad**2 / (in_good + (bad - in_bad) or 0.5)
    return ratio / (1 + ratio)
