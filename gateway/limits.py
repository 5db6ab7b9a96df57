"""How often a caller may do what: a bucket for each caller and kind, which refills steadily."""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from mycoderai.gateway.problem import Problem

Kind = Literal["command", "submit", "upload", "failed_login"]


class Rate(NamedTuple):
    per_s: float
    burst: float


RATES: dict[Kind, Rate] = {
    "command": Rate(20, 200),
    "submit": Rate(5, 100),
    "upload": Rate(1, 30),
    "failed_login": Rate(0.2, 20),
}
MOST_BUCKETS = 10_000


def times(factor: float) -> dict[Kind, Rate]:
    """The usual rates, so many times."""
    return {kind: Rate(rate.per_s * factor, rate.burst * factor) for kind, rate in RATES.items()}


class Limits:
    """A gateway's own: behind several, a caller may do so much at each."""

    def __init__(self, rates: dict[Kind, Rate] = RATES, now: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._now = now
        self._buckets: dict[tuple[str, Kind], tuple[float, float]] = {}
        """What is left, and when it was counted."""

    def take(self, caller: str, kind: Kind) -> None:
        """Raises Problem 429, which says when to come again."""
        rate, now = self._rates[kind], self._now()
        left = self._left(caller, kind, now)
        if left < 1:
            raise _too_often(kind, (1 - left) / rate.per_s)
        self._buckets.pop((caller, kind), None)
        self._make_room(now)
        self._buckets[caller, kind] = (left - 1, now)

    def _left(self, caller: str, kind: Kind, now: float) -> float:
        rate = self._rates[kind]
        left, at = self._buckets.get((caller, kind), (rate.burst, now))
        return min(rate.burst, left + (now - at) * rate.per_s)

    def _make_room(self, now: float) -> None:
        """Full buckets are those of callers that did nothing for a while; beyond them the oldest one goes."""
        if len(self._buckets) < MOST_BUCKETS:
            return
        full = [key for key in self._buckets if self._left(*key, now) >= self._rates[key[1]].burst]
        for key in full or [next(iter(self._buckets))]:
            del self._buckets[key]


def _too_often(kind: Kind, wait_s: float) -> Problem:
    what = kind.replace("_", " ")
    wait = max(1, round(wait_s + 0.5))
    return Problem(429, "too_often", f"that is too much at once ({what})", f"try again in {wait} s", retry_after_s=wait)
