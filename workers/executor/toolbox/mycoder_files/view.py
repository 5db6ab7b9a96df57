"""How a file and a folder look to a model: numbered lines, two levels, never more than it can use."""

from __future__ import annotations

import os

from .lines import as_lines, numbered
from .request import Refused

MAX_CHARS = 16_000
MAX_ENTRIES = 500


def view_file(whole: str, wanted: tuple[int, int] | None) -> str:
    texts = as_lines(whole)
    if not texts:
        return "(The file is empty.)"
    first, last = wanted or (1, -1)
    last = len(texts) if last == -1 else min(last, len(texts))
    if not 1 <= first <= len(texts) or last < first:
        raise Refused(f"view_range [{first}, {last}] is outside of the file's lines 1 to {len(texts)}.")
    shown = numbered(texts, first, last)
    if len(shown) <= MAX_CHARS:
        return shown
    whole_lines = shown[:MAX_CHARS].count("\n")
    if not whole_lines:
        return f"{shown[:MAX_CHARS]}\n[cut: line {first} is very long; look at parts of it with bash]"
    cut = shown[:MAX_CHARS].rpartition("\n")[0]
    return f"{cut}\n[cut: view_range [{first + whole_lines}, {last}] shows what follows, `search` finds a place]"


def view_folder(path: str) -> str:
    entries = sorted(_two_levels(path))
    if not entries:
        return "(The folder is empty.)"
    if len(entries) <= MAX_ENTRIES:
        return "\n".join(entries)
    left_out = len(entries) - MAX_ENTRIES
    return "\n".join([*entries[:MAX_ENTRIES], f"[{left_out} more left out: view a folder in it, or use `search`]"])


def _two_levels(path: str, prefix: str = "", levels: int = 2) -> list[str]:
    found = []
    with os.scandir(path) as scan:
        entries = [entry for entry in scan if not entry.name.startswith(".")]
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        found.append(f"{prefix}{entry.name}{'/' if is_folder else ''}")
        if is_folder and levels > 1 and os.access(entry.path, os.R_OK | os.X_OK):
            found += _two_levels(entry.path, f"{prefix}{entry.name}/", levels - 1)
    return found
