"""The tolerance of an edit, one rung after the other: what matches exactly is never replaced loosely."""

from __future__ import annotations

from .lines import Lines, as_lines
from .matching import Place, places


class Rung:
    """blank_ends: blank lines at the beginning and the end of what is looked for do not count."""

    def __init__(self, name: str, *, blank_ends: bool = False, trailing: bool = False, shifted: bool = False) -> None:
        self.name = name
        self.blank_ends = blank_ends
        self.trailing = trailing
        self.shifted = shifted


RUNGS = (
    Rung("line endings"),
    Rung("indentation", shifted=True),
    Rung("blank lines around it", blank_ends=True),
    Rung("blank lines around it and indentation", blank_ends=True, shifted=True),
    Rung("whitespace at line ends", blank_ends=True, trailing=True),
    Rung("whitespace at line ends and indentation", blank_ends=True, trailing=True, shifted=True),
)


class Loose:
    """A replacement that fits in one place, but for the whitespace that was ignored."""

    def __init__(self, start: int, count: int, replacement: list[str], ignored: str) -> None:
        self.start = start
        self.count = count
        self.replacement = replacement
        self.ignored = ignored


class Several(Exception):
    """The text stands in more than one place but for whitespace."""

    def __init__(self, starts: list[int], ignored: str) -> None:
        super().__init__(ignored)
        self.starts = starts
        self.ignored = ignored


def find_loosely(file: Lines, old: str, new: str) -> Loose | None:
    """The only place where `old` stands but for whitespace, and `new` as it fits there. Raises Several."""
    for rung in RUNGS:
        wanted, replacement = as_lines(old), as_lines(new)
        if rung.blank_ends:
            wanted, replacement = _without_blank_ends(wanted, replacement)
        if not any(line.strip() for line in wanted):
            continue
        found = _fitting(file.texts, wanted, replacement, rung)
        if len(found) > 1:
            raise Several([place.start for place, _ in found], rung.name)
        if found:
            place, fitted = found[0]
            return Loose(place.start, len(wanted), fitted, rung.name)
    return None


def _fitting(texts: list[str], wanted: list[str], replacement: list[str], rung: Rung) -> list[tuple[Place, list[str]]]:
    """The places where the replacement can be moved in or out as the text found there was."""
    fitting = []
    for place in places(texts, wanted, trailing=rung.trailing, shifted=rung.shifted):
        fitted = place.shift.apply_all(replacement)
        if fitted is not None:
            fitting.append((place, fitted))
    return fitting


def _without_blank_ends(wanted: list[str], replacement: list[str]) -> tuple[list[str], list[str]]:
    """Both without as many blank lines at each end as `wanted` has there."""
    wanted, replacement = list(wanted), list(replacement)
    for end in (0, -1):
        while wanted and not wanted[end].strip():
            del wanted[end]
            if replacement and not replacement[end].strip():
                del replacement[end]
    return wanted, replacement
