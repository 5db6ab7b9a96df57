"""Which step wrote which line: `git blame` over the lineage of the run's states."""

import asyncio
import os
from pathlib import Path

from mycoderai.broker.tasks import all_or_none
from mycoderai.gateway.code.bounded import TEXT_BYTES
from mycoderai.gateway.code.files import Found, content, find, head, is_text
from mycoderai.gateway.code.lineage import Lineage, Node
from mycoderai.gateway.code.loose import write_commit
from mycoderai.gateway.code.point import Point
from mycoderai.gateway.code.store import RunCode
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.code import BlameRange

FETCHED_AT_ONCE = 8
_LATER = 1 << 32
"""Seconds; after any commit of the base."""


async def blame(code: RunCode, point: Point, path: str) -> list[BlameRange]:
    """Ranges that cover the file, in order. Raises Problem for what has no lines."""
    found = await find(code.git, point.treeish, path)
    if found.kind != "file" or found.size > TEXT_BYTES or not is_text(await head(code.git, found)):
        raise Problem(400, "no_lines", "only text files of moderate size have lines to tell about")
    lineage = Lineage(code.points)
    nodes, place = lineage.nodes, lineage.place_of(point)
    if not place:
        lines = await _count_lines(code, found)
        return [_range(1, lines, code.points.base)] if lines else []
    used = lineage.ancestors(place)
    await _have_all(code, [nodes[at].point for at in used])
    commits = await asyncio.to_thread(_write, code.git.git_dir, nodes, used)
    name = os.fsdecode(found.path)
    base = code.points.base.commit
    wrote = await code.git.run(
        *("blame", "--incremental", "--no-textconv", f"{base}..{commits[place]}", "--", name), literal=True
    )
    known = {commit: nodes[at].point for at, commit in commits.items()}
    return _ranges(wrote.stdout.decode(errors="replace"), known, code.points.base)


async def _count_lines(code: RunCode, found: Found) -> int:
    data = (await content(code.git, found, None)).data
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


async def _have_all(code: RunCode, points: list[Point]) -> None:
    for first in range(0, len(points), FETCHED_AT_ONCE):
        await all_or_none(*(code.have(point) for point in points[first : first + FETCHED_AT_ONCE]))


def _write(git_dir: Path, nodes: list[Node], used: list[int]) -> dict[int, str]:
    """A commit for every state; the base is one already."""
    commits: dict[int, str] = {}
    for at in used:
        point, parents = nodes[at].point, [commits[parent] for parent in nodes[at].parents]
        commits[at] = write_commit(git_dir, point.tree, parents, point.name, _LATER + at) if parents else point.commit
    return commits


def _ranges(told: str, known: dict[str, Point], base: Point) -> list[BlameRange]:
    groups: list[tuple[int, int, Point]] = []
    for line in told.splitlines():
        words = line.split(" ")
        if len(words) == 4 and len(words[0]) in (40, 64) and all(word.isdecimal() for word in words[1:]):
            groups.append((int(words[2]), int(words[3]), known.get(words[0], base)))
    ranges: list[BlameRange] = []
    for first, lines, point in sorted(groups, key=lambda group: group[0]):
        if ranges and ranges[-1].checkpoint == point.name and ranges[-1].at == point.at:
            lines += ranges[-1].lines
            first = ranges.pop().first
        ranges.append(_range(first, lines, point))
    return ranges


def _range(first: int, lines: int, point: Point) -> BlameRange:
    return BlameRange(
        first=first,
        lines=lines,
        kind=point.kind,
        step=point.step,
        attempt=point.attempt,
        turn=point.turn,
        at=point.at,
        checkpoint=point.name,
    )
