"""Which failing tests are about the same fault: the explanation that asks for the least luck.

A fault somewhere explains the failing tests that run the place. That passing tests run it as well and notice nothing
is luck, and grows with their number. Two groups of failing tests are told apart only where one fault for both would
take more luck than a fault for each; at a tie there is one fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import combinations

MAX_GROUPS = 8
MAX_TESTS = 100
"""Of one group; tests beyond are left to whoever checks the whole suite."""

Places = Set[object]
"""What a test may owe its failure to: lines it ran, and definitions these lines use."""
Group = tuple[str, ...]


def grouped(failing: Mapping[str, Places], passing: Iterable[Places]) -> list[Group]:
    """Groups in the order of the tests. A test that several groups could explain is in none of them."""
    luck = Counter(place for places in passing for place in places)
    order = sorted({place for places in failing.values() for place in places}, key=lambda p: (luck[p], repr(p)))
    bits = {place: 1 << index for index, place in enumerate(order)}
    clusters = _Clusters([luck[place] for place in order])
    for test, places in failing.items():
        clusters.add(test, sum(bits[place] for place in places))
    clusters.join()
    return [tuple(tests) for tests in clusters.told_apart()]


def with_unseen(groups: Sequence[Group], unseen: Iterable[str]) -> list[Group]:
    """Tests of which nobody knows what they ran join the group whose tests they are named most alike."""
    joined = [list(group) for group in groups]
    for test in unseen:
        nearest = max(range(len(joined)), key=lambda n: (max(_alike(test, other) for other in groups[n]), -n))
        joined[nearest].append(test)
    return [tuple(group) for group in joined]


def merged(groups: Sequence[Group], most: int) -> list[Group]:
    """At most so many: the smallest are put together."""
    kept = list(groups)
    while len(kept) > most:
        last, other = sorted(range(len(kept)), key=lambda n: (len(kept[n]), -n))[:2]
        kept[min(last, other)] += kept.pop(max(last, other))
    return kept


def limited(groups: Sequence[Group]) -> list[Group]:
    return [group[:MAX_TESTS] for group in groups]


def independent(groups: Iterable[Group], fail_alone: Callable[[Group], bool]) -> list[Group]:
    """Those that fail without the others having run before: the rest may be in their wake."""
    return [group for group in groups if fail_alone(group)]


class _Clusters:
    """Sets of places are numbers with one bit for each, the places of least luck lowest."""

    def __init__(self, luck: Sequence[int]) -> None:
        self._luck = luck
        self._places: dict[str, int] = {}
        self._all: list[tuple[list[str], int]] = []

    def add(self, test: str, places: int) -> None:
        self._places[test] = places
        self._all.append(([test], places))

    def join(self) -> None:
        """Put the two together that gain most by it, until none does."""
        while True:
            pairs = combinations(range(len(self._all)), 2)
            gain, one, other = max(((self._gain(a, b), -a, -b) for a, b in pairs), default=(-1, 0, 0))
            if gain < 0:
                return
            tests, places = self._all.pop(-other)
            self._all[-one] = (self._all[-one][0] + tests, self._all[-one][1] & places)

    def told_apart(self) -> list[list[str]]:
        cores = [self._core(places) for _, places in self._all]
        kept = [[test for test in tests if self._explained(test, cores) == 1] for tests, _ in self._all]
        return [tests or whole for tests, (whole, _) in zip(kept, self._all)]

    def _gain(self, one: int, other: int) -> int:
        """Luck that is saved by one fault for both; below 0 when it takes more, or when nothing is common."""
        common = self._all[one][1] & self._all[other][1]
        if not common:
            return -1
        return self._least(self._all[one][1]) + self._least(self._all[other][1]) - self._least(common)

    def _least(self, places: int) -> int:
        return self._luck[(places & -places).bit_length() - 1]

    def _core(self, places: int) -> int:
        """The places a fault is expected at."""
        least = self._least(places)
        beyond = sum(luck <= least for luck in self._luck)
        return places & ((1 << beyond) - 1)

    def _explained(self, test: str, cores: Iterable[int]) -> int:
        return sum(bool(core & self._places[test]) for core in cores)


def _alike(one: str, other: str) -> tuple[bool, int]:
    """Cases of one function first, then by how long the names are the same."""
    same = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return one.split("[")[0] == other.split("[")[0], same
