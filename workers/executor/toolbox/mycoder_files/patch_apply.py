"""Puts the hunks of one file where they belong, or says which one does not fit. Pure."""

from __future__ import annotations

import itertools
import re

from .lines import Lines
from .matching import Place, Shift, places
from .patch_parts import Hunk
from .request import Refused

ONE_SIDED = re.compile(r" +\++|\++ +")
RUNGS = (
    ("", False, False),
    ("whitespace at line ends", True, False),
    ("indentation", False, True),
    ("whitespace at line ends and indentation", True, True),
)


class Applied:
    """A hunk that was applied. fuzz: what had to be ignored for it to fit; empty: nothing."""

    def __init__(self, line: int, fuzz: str) -> None:
        self.line = line
        self.fuzz = fuzz


class _Misfit(Exception):
    """Why a hunk cannot be applied."""


def apply(file: Lines, hunks: list[Hunk], name: str) -> list[Applied]:
    """Change the lines. Raises Refused, naming the hunk; the lines are then of no more use."""
    done: list[Applied] = []
    first, moved = 0, 0
    for number, hunk in enumerate(hunks, 1):
        try:
            place, fuzz = _find(file.texts, hunk, first, moved)
            _splice(file, hunk, place)
        except _Misfit as why:
            raise Refused(f"Hunk {number} of {name} (line {hunk.at} of the patch) {why} Nothing was changed.") from None
        done.append(Applied(place.start + 1, fuzz))
        first = place.start + len(hunk.new) - _context_at_end(hunk)
        moved += len(hunk.new) - len(hunk.old)
    return done


def _context_at_end(hunk: Hunk) -> int:
    """The next hunk may begin with the lines this one ends with."""
    marks = "".join(mark for mark, _ in hunk.lines)
    return len(marks) - len(marks.rstrip(" "))


def _find(texts: list[str], hunk: Hunk, first: int, moved: int) -> tuple[Place, str]:
    hint = None if hunk.hint is None else hunk.hint + moved
    after = _after_headers(texts, hunk.headers, first)
    if not hunk.old:
        return _insertion(texts, hunk, after, hint), ""
    in_scope = bool(hunk.headers) and after is not None
    elsewhere = "its header" if hunk.headers else "the order of hunks"
    for start, ignored in ((first if after is None else after, "" if after is not None else elsewhere), (0, elsewhere)):
        for fuzz, trailing, shifted in RUNGS:
            found = places(texts, hunk.old, trailing=trailing, shifted=shifted, first=start)
            if found:
                place = _choose(found, hunk, len(texts), hint, in_scope and not ignored)
                _check_not_applied(texts, hunk, place)
                return place, " and ".join(part for part in (fuzz, ignored) if part)
    raise _Misfit(_not_found(texts, hunk))


def _after_headers(texts: list[str], headers: list[str], first: int) -> int | None:
    """Index of the line below the last header, each looked for below the one before; None: one is not there."""
    for header in headers:
        stripped = [text.strip() for text in texts]
        below = range(first, len(texts))
        found = next((i for i in below if stripped[i] == header), None)
        if found is None:
            found = next((i for i in below if stripped[i].startswith(header.rstrip(":"))), None)
        if found is None:
            return None
        first = found + 1
    return first


def _insertion(texts: list[str], hunk: Hunk, after: int | None, hint: int | None) -> Place:
    """A hunk that only adds goes to its line, below its header, or to the end."""
    if hunk.headers and after is None:
        raise _Misfit(f"has no context, and its header {hunk.headers[-1]!r} is not in the file.")
    if hint is not None:
        start = min(max(hint, 0), len(texts))
    elif hunk.headers and after is not None and not hunk.at_end:
        start = after
    else:
        start = len(texts)
    ahead = texts[max(0, start - len(hunk.new)) : start]
    if hunk.new in (ahead, texts[start : start + len(hunk.new)]):
        raise _Misfit("seems to be applied already: its lines are there.")
    return Place(start, Shift())


def _choose(found: list[Place], hunk: Hunk, height: int, hint: int | None, in_scope: bool) -> Place:
    if hunk.at_end:
        found = [place for place in found if place.start + len(hunk.old) == height] or found
    if len(found) == 1 or in_scope:
        return found[0]
    if hint is not None:
        return min(found, key=lambda place: abs(place.start - hint))
    lines = ", ".join(str(place.start + 1) for place in found[:10])
    raise _Misfit(f"fits in {len(found)} places, at lines {lines}. Add context, or a header such as `@@ def name`.")


def _check_not_applied(texts: list[str], hunk: Hunk, place: Place) -> None:
    """A hunk that only adds, all of it below or above its context, fits again after it was applied."""
    marks = "".join(mark for mark, _ in hunk.lines)
    if not ONE_SIDED.fullmatch(marks):
        return
    start = place.start - (len(marks) - len(marks.lstrip("+")))
    if start >= 0 and texts[start : start + len(hunk.new)] == place.shift.apply_all(hunk.new):
        raise _Misfit("seems to be applied already: what it adds is there.")


def _splice(file: Lines, hunk: Hunk, place: Place) -> None:
    """Only added and removed lines are touched: context stays as the file has it."""
    at = place.start
    for is_context, run in itertools.groupby(hunk.lines, key=lambda line: line[0] == " "):
        lines = list(run)
        if is_context:
            at += len(lines)
            continue
        added = place.shift.apply_all([line for mark, line in lines if mark == "+"])
        if added is None:
            raise _Misfit("fits but for indentation, and a line it adds cannot be moved as far to the left.")
        file.splice(at, len(lines) - len(added), added)
        at += len(added)
    if hunk.final_newline is not None:
        file.end_with_newline(hunk.final_newline)


def _not_found(texts: list[str], hunk: Hunk) -> str:
    if places(texts, hunk.new, trailing=True, shifted=True) and "+" in (mark for mark, _ in hunk.lines):
        return "seems to be applied already: its lines are there as it leaves them."
    from .nearest import nearest_lines

    near = nearest_lines(texts, hunk.old)
    hint = f" The nearest lines are:\n{near}\n" if near else ""
    return f"does not fit: the lines it starts from are not there. View the file again and copy them exactly.{hint}"
