"""What to say about text that was looked for and is not there."""

from __future__ import annotations

import difflib

from .lines import as_lines, numbered
from .matching import places

CUTOFF = 0.6
MAX_SHOWN = 3
MAX_WINDOW = 12
MAX_LINE = 500
MIN_CHARS = 8


def nearest_lines(texts: list[str], wanted: list[str]) -> str:
    """The lines of the file most like the wanted ones, with their numbers; empty when none is like them."""
    landmark = max(range(len(wanted)), key=lambda index: len(wanted[index].strip()), default=None)
    if landmark is None or not wanted[landmark].strip():
        return ""
    height = min(len(wanted), MAX_WINDOW)
    above = min(landmark, height - 1)
    windows = []
    for index in _most_alike(texts, wanted[landmark].strip()):
        first = max(1, index + 1 - above)
        windows.append(numbered(texts, first, first + height - 1))
    return "\n   ...\n".join(windows)


def _most_alike(texts: list[str], wanted: str) -> list[int]:
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[:MAX_LINE])
    scored = []
    for index, text in enumerate(texts):
        matcher.set_seq1(text.strip()[:MAX_LINE])
        if matcher.real_quick_ratio() >= CUTOFF and matcher.quick_ratio() >= CUTOFF and matcher.ratio() >= CUTOFF:
            scored.append((-matcher.ratio(), index))
    return [index for _, index in sorted(scored)[:MAX_SHOWN]]


def is_there(text: str, new: str) -> bool:
    """Whether text that was to be written is in the file already. A word or two are there by chance."""
    if len(new.strip()) < MIN_CHARS:
        return False
    return new in text or bool(places(as_lines(text), as_lines(new.strip("\n")), trailing=True, shifted=True))
