"""How the states of the code follow from each other. Pure.

A step's commits do not say: each lies right on top of where the step began. Here every state gets the one before it as
its parent, so that git can tell in which a line came in.
"""

from collections.abc import Iterable

import msgspec

from mycoderai.gateway.code.point import Point
from mycoderai.gateway.code.points import Points


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A state and the places (in the list of nodes) of those it came from; the base comes from none."""

    point: Point
    parents: tuple[int, ...] = ()


class Lineage:
    """Of a run's points up to now. Parents come before children."""

    def __init__(self, points: Points) -> None:
        self._points = points
        self._commits: dict[str, int] = {}
        """The first place of each commit."""
        self._heads: dict[tuple[str, int], int] = {}
        """Where each step stands, in its round."""
        self._places: dict[tuple[int, str], int] = {}
        self.nodes: list[Node] = []
        for point in points.all:
            self._places[point.seq, point.step] = self._add(point)

    def place_of(self, point: Point) -> int:
        return self._places[point.seq, point.step]

    def ancestors(self, place: int) -> list[int]:
        """A node and all it came from, parents first."""
        found: set[int] = set()
        waiting = [place]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting += self.nodes[at].parents
        return sorted(found)

    def _add(self, point: Point) -> int:
        step = point.step, point.round
        match point.kind:
            case "base":
                return self._put(point, ())
            case "start":
                return self._begin(step)
            case "rewind":
                self._heads[step] = self._back_to(point)
            case "turn" | "step":
                self._go_on(point, step)
            case "result":
                known = self._commits.get(point.commit)
                return self._put(point, (0,)) if known is None else known
        return self._heads[step]

    def _begin(self, step: tuple[str, int]) -> int:
        """Where the step stands; at first, where it began. Of a step another run did that is not known: the base."""
        if step not in self._heads:
            mine = (p for p in self._points.all if p.kind == "start" and (p.step, p.round) == step)
            start = next(mine, self._points.all[0])
            known = self._commits.get(start.commit)
            self._heads[step] = self._put(start, self._parts(start.step)) if known is None else known
        return self._heads[step]

    def _go_on(self, point: Point, step: tuple[str, int]) -> None:
        head = self._begin(step)
        if self.nodes[head].point.treeish != point.treeish:
            head = self._put(point, (head,))
        self._heads[step] = head
        self._commits.setdefault(point.commit, head)

    def _back_to(self, point: Point) -> int:
        """The last of the step's states that was the same."""
        ours = [place for place, node in enumerate(self.nodes) if _same(node.point, point)]
        return ours[-1] if ours else self._commits.get(point.commit, 0)

    def _parts(self, step: str) -> tuple[int, ...]:
        known = [self._commits[part.commit] for part in self._points.parts_of(step) if part.commit in self._commits]
        return tuple(dict.fromkeys(known)) or (0,)

    def _put(self, point: Point, parents: Iterable[int]) -> int:
        self.nodes.append(Node(point=point, parents=tuple(parents)))
        self._commits.setdefault(point.commit, len(self.nodes) - 1)
        return len(self.nodes) - 1


def _same(one: Point, other: Point) -> bool:
    return (one.step, one.round, one.commit) == (other.step, other.round, other.commit)
