"""One slice of a search as one JSON object; a cursor in it lets the next slice go on."""

from __future__ import annotations

import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from . import report, workspace
from .hopeless import reason_not_to_search
from .level import Level
from .search import OutOfTime, Search

GRACE_S = 1.0
Answer = dict[str, Any]


@dataclass(frozen=True)
class Order:
    budget_s: float
    cursor: Answer | None = None
    targets: tuple[str, ...] = ()
    """The failing tests to mend; empty: all."""
    divide: bool = False
    """If the failing tests are about several faults, answer with the groups instead of a search."""
    search: bool = True


class Slice:
    def __init__(self, root: Path, order: Order) -> None:
        self._root = root
        self._order = order
        self._mark = ""
        self._engine = Search(root, time.monotonic() + order.budget_s, order.targets)

    def answer(self) -> Answer:
        with self._engine:
            found = self._in_time()
        progress = self._engine.progress
        return {
            "edits": [],
            "explanation": "",
            "reason": "",
            **found,
            "cursor": {"fingerprint": self._mark, "path": progress.path, "tried": progress.tried},
            "tried": progress.tried,
            "test_runs": progress.test_runs,
            "suspects": report.suspects(self._engine.first_level),
        }

    def _in_time(self) -> Answer:
        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, self._order.budget_s + GRACE_S)
        try:
            return self._found()
        except OutOfTime:
            tried = self._engine.progress.tried
            return {"status": "out_of_time", "reason": f"The time ran out after {tried} candidate edits."}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _found(self) -> Answer:
        order, baseline = self._order, self._engine.baseline()
        hopeless = reason_not_to_search(baseline, self._root, about_targets=bool(order.targets))
        if hopeless is not None:
            return hopeless
        self._mark = report.fingerprint(baseline, self._root, workspace.editable(self._root, set(), []))
        if order.cursor and order.cursor.get("fingerprint") == self._mark:
            self._engine.resume(order.cursor)
        level = self._engine.localise(baseline)
        if order.divide:
            division = self._engine.divide(level)
            if len(division.groups) > 1 or not order.search:
                return {"status": "groups", **asdict(division)}
        return self._searched(level)

    def _searched(self, level: Level) -> Answer:
        solution = self._engine.run(level)
        if solution is not None:
            return report.solved(self._engine, solution, self._root)
        return {"status": "exhausted", "reason": report.why_exhausted(self._engine, level)}


def _ring(_signum: int, _frame: FrameType | None) -> None:
    """Last resort: the search itself looks at the clock between candidates."""
    raise OutOfTime
