"""The candidates in the order they are tried, generated no further than somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .edit import Candidate


class Ranking:
    """Behaves like a list whose end is unknown until it is reached."""

    def __init__(self, candidates: Iterator[Candidate]) -> None:
        self._source = candidates
        self._known: list[Candidate] = []

    def __getitem__(self, index: int) -> Candidate:
        self._fill(index + 1)
        return self._known[index]

    def __iter__(self) -> Iterator[Candidate]:
        index = 0
        while self._fill(index + 1):
            yield self._known[index]
            index += 1

    def __bool__(self) -> bool:
        return self._fill(1)

    @property
    def generated(self) -> int:
        return len(self._known)

    def _fill(self, count: int) -> bool:
        missing = count - len(self._known)
        if missing > 0:
            self._known.extend(islice(self._source, missing))
        return len(self._known) >= count
