"""One measured figure: its samples, what it should reach, and how it is shown."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    name: str
    unit: str
    samples: Sequence[float]
    reach: float | None = None
    """What the median should stay within; with `at_least` what it should not fall below. None: only watched."""
    at_least: bool = False
    """Whether more is better."""
    durability: str = "-"
    """`power` or `process` where the figure depends on it."""

    @property
    def median(self) -> float:
        return self.percentile(50)

    def percentile(self, percent: float) -> float:
        """What so many per cent of the samples were at least as good as. Nearest rank: a value that was measured,
        not one between two that were."""
        ordered = sorted(self.samples, reverse=self.at_least)
        rank = max(1, math.ceil(len(ordered) * percent / 100))
        return ordered[rank - 1]

    @property
    def met(self) -> bool | None:
        if self.reach is None:
            return None
        return self.median >= self.reach if self.at_least else self.median <= self.reach

    def fields(self) -> dict[str, object]:
        return {
            "figure": self.name,
            "unit": self.unit,
            "n": len(self.samples),
            "median": rounded(self.median),
            "p95": rounded(self.percentile(95)),
            "p99": rounded(self.percentile(99)),
            "min": rounded(min(self.samples)),
            "reach": self.reach,
            "met": self.met,
            "durability": self.durability,
        }

    def line(self) -> str:
        return json.dumps(self.fields())


def rounded(value: float) -> float:
    """Three digits are more than a shared machine can repeat."""
    return float(f"{value:.3g}")
