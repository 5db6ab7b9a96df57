"""The files worth searching: no version control, no caches, no installed packages, no links. In a fixed order."""

from __future__ import annotations

import os
from collections.abc import Iterator

MAX_FILES = 50_000
_VERSIONS = (".git", ".hg", ".svn")
_INSTALLED = ("node_modules", ".venv", "venv", ".tox", ".nox", ".eggs")
_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".idea", ".gradle", ".next")
SKIPPED = frozenset((*_VERSIONS, *_INSTALLED, *_CACHES))


def files(root: str, start: str = "") -> Iterator[str]:
    """Paths relative to the root of the plain files below a folder of it, at most MAX_FILES of them."""
    left = MAX_FILES
    waiting = [start]
    while waiting and left:
        folder = waiting.pop()
        names, folders = _listed(os.path.join(root, folder))
        prefix = f"{folder}/" if folder else ""
        for name in names[:left]:
            yield prefix + name
        left -= len(names[:left])
        waiting += [prefix + name for name in reversed(folders)]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """The names of the plain files and the folders in it; none where it may not be read."""
    if not os.access(folder, os.R_OK | os.X_OK):
        return [], []
    with os.scandir(folder) as scan:
        entries = list(scan)
    names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    folders = sorted(e.name for e in entries if e.name not in SKIPPED and e.is_dir(follow_symlinks=False))
    return names, folders


def content(path: str, max_bytes: int) -> bytes | None:
    """A text file's bytes; None when it is binary, larger, or cannot be read."""
    if not os.access(path, os.R_OK):
        return None
    with open(path, "rb") as file:
        found = file.read(max_bytes + 1)
    if len(found) > max_bytes or b"\0" in found[:8192]:
        return None
    return found
