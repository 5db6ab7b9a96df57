"""Files with the conflict markers of a merge, and the texts they could become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, product
from math import prod

OURS, BASE, MIDDLE, THEIRS = "<<<<<<< ", "||||||| ", "=======", ">>>>>>> "
MOST = 96
"""Texts of one file that are worth a run of the tests."""

Lines = Sequence[str]


@dataclass(frozen=True)
class Choice:
    """A place where one of several texts has to stand; `leans` says whose each is: -1 ours, 1 theirs, 0 both."""

    texts: tuple[str, ...]
    leans: tuple[int, ...]


@dataclass(frozen=True)
class Conflict:
    ours: Lines
    theirs: Lines


def parse(text: str) -> list[str | Conflict]:
    """The text in parts; without a complete conflict it is one part."""
    parts: list[str | Conflict] = []
    plain: list[str] = []
    lines = iter(text.splitlines(keepends=True))
    for line in lines:
        if not line.startswith(OURS):
            plain.append(line)
            continue
        conflict = _conflict(lines)
        if conflict is None:
            return [text]
        parts += ["".join(plain), conflict]
        plain = []
    return [*parts, "".join(plain)]


def texts(parts: Sequence[str | Conflict]) -> Iterator[str]:
    """What the file could be, those first that take as much from one side as from the other."""
    chosen = [_fine(part) if isinstance(part, Conflict) else [_fixed(part)] for part in parts]
    if prod(len(choice.texts) for choices in chosen for choice in choices) > MOST:
        chosen = [[_coarse(part)] if isinstance(part, Conflict) else [_fixed(part)] for part in parts]
    choices = [choice for part in chosen for choice in part]
    options = islice(product(*(range(len(choice.texts)) for choice in choices)), 100 * MOST)
    ordered = sorted(options, key=lambda picks: abs(sum(c.leans[pick] for c, pick in zip(choices, picks))))
    for picks in ordered[:MOST]:
        yield "".join(choice.texts[pick] for choice, pick in zip(choices, picks))


def _conflict(lines: Iterator[str]) -> Conflict | None:
    """None when it is not complete: then the markers are text like any other."""
    sides: dict[str, list[str]] = {OURS: [], BASE: [], MIDDLE: []}
    side = OURS
    for line in lines:
        if line.startswith(THEIRS) and side == MIDDLE:
            return Conflict(sides[OURS], sides[MIDDLE])
        if line.startswith(BASE) and side == OURS:
            side = BASE
        elif line.rstrip() == MIDDLE and side != MIDDLE:
            side = MIDDLE
        else:
            sides[side].append(line)
    return None


def _fine(conflict: Conflict) -> list[Choice]:
    """Line by line where the sides correspond: neighbouring lines changed on either side are no contradiction."""
    choices = []
    matcher = SequenceMatcher(None, conflict.ours, conflict.theirs, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        ours, theirs = conflict.ours[a:b], conflict.theirs[c:d]
        if kind == "equal":
            choices.append(_fixed("".join(ours)))
        elif len(ours) == len(theirs):
            choices += [_coarse(Conflict([one], [other])) for one, other in zip(ours, theirs)]
        else:
            choices.append(_coarse(Conflict(ours, theirs)))
    return choices


def _coarse(conflict: Conflict) -> Choice:
    ours, theirs = "".join(conflict.ours), "".join(conflict.theirs)
    if not ours or not theirs:
        return Choice((ours, theirs), (-1, 1))
    return Choice((ours, theirs, ours + theirs, theirs + ours), (-1, 1, 0, 0))


def _fixed(text: str) -> Choice:
    return Choice((text,), (0,))
