"""Source edits as byte ranges, and their form for a plain find-and-replace editor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Splice:
    """Replace the bytes from `start` to `end` of a file."""

    start: int
    end: int
    new: bytes


@dataclass(frozen=True)
class Candidate:
    """One possible repair. `warm`: it changes nothing but function bodies that have not run at import."""

    path: str
    splices: tuple[Splice, ...]
    kind: str
    line: int
    function: str
    note: str
    score: float
    warm: bool


@dataclass(frozen=True)
class Replacement:
    """What an editor is told: `old` occurs exactly once in the file."""

    path: str
    old: str
    new: str
    line: int
    kind: str


def apply(source: bytes, splices: Iterable[Splice]) -> bytes:
    for splice in sorted(splices, key=lambda s: s.start, reverse=True):
        source = source[: splice.start] + splice.new + source[splice.end :]
    return source


def essence(source: bytes, splices: Sequence[Splice]) -> tuple[int, int, bytes]:
    """The same for two edits exactly when they make the same text: one splice, as small and as late as possible."""
    start, end = min(s.start for s in splices), max(s.end for s in splices)
    old = source[start:end]
    new = apply(old, [Splice(s.start - start, s.end - start, s.new) for s in splices])
    same = _alike(old[::-1], new[::-1])
    old, new, end = old[: len(old) - same], new[: len(new) - same], end - same
    same = _alike(old, new)
    old, new, start = old[same:], new[same:], start + same
    while (not old or not new) and end < len(source) and (old or new):
        kept = old or new
        if kept[0] != source[end]:
            break
        kept = kept[1:] + kept[:1]
        old, new = (kept, new) if old else (old, kept)
        start, end = start + 1, end + 1
    return start, end, new


def _alike(first: bytes, second: bytes) -> int:
    """How many bytes both begin with."""
    shorter = min(len(first), len(second))
    return next((at for at in range(shorter) if first[at] != second[at]), shorter)


def overlaps(first: Sequence[Splice], second: Sequence[Splice]) -> bool:
    return any(a.start < b.end + 1 and b.start < a.end + 1 for a in first for b in second)


def replacements(path: str, before: bytes, after: bytes, kind: str) -> list[Replacement]:
    """The changed lines, each block grown until it is unique; `str_replace` in the given order gives `after`."""
    result = []
    current = before.decode("utf-8")
    wanted = after.decode("utf-8")
    while current != wanted:
        replacement = _last_block(path, current, wanted, kind)
        result.append(replacement)
        current = current.replace(replacement.old, replacement.new, 1)
    return result


def _last_block(path: str, current: str, wanted: str, kind: str) -> Replacement:
    """The last differing block of lines; the text above it stays for the next call."""
    have, want = current.splitlines(keepends=True), wanted.splitlines(keepends=True)
    low_have, high_have, low_want, high_want = _last_difference(have, want)
    while True:
        old, new = "".join(have[low_have:high_have]), "".join(want[low_want:high_want])
        if old and current.count(old) == 1:
            return Replacement(path, old, new, low_have + 1, kind)
        if low_have > 0:
            low_have -= 1
            new_line = have[low_have]
            want = [*want[:low_want], new_line, *want[low_want:high_want], *want[high_want:]]
            high_want += 1
        elif high_have < len(have):
            want = [*want[:high_want], have[high_have], *want[high_want:]]
            high_have += 1
            high_want += 1
        else:
            return Replacement(path, current, wanted, 1, kind)


def _last_difference(have: list[str], want: list[str]) -> tuple[int, int, int, int]:
    import difflib

    matcher = difflib.SequenceMatcher(None, have, want, autojunk=False)
    blocks = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    _, low_have, high_have, low_want, high_want = blocks[-1]
    return low_have, high_have, low_want, high_want
