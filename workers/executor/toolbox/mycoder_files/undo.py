"""What the editor's files were before each edit, so that the last one can be taken back.

Kept in the box's throw-away repository folder, which no snapshot reads and no restore touches. Each file has a folder
of the contents it had, each named after its number, the time and size the file got by the edit, and whether the file
was there at all.
"""

from __future__ import annotations

import os

from .files import encoded
from .request import Refused

FOLDER = ".git/mycoder-undo"
MAX_KEPT = 10


def remember(root: str, path: str, before: str | None) -> str:
    """Keep what a file was (None: not there), now that it is written.

    Returns a note for the result when that is not possible, else nothing.
    """
    folder = _folder(root, path)
    try:
        os.makedirs(folder, exist_ok=True)
        kept = _kept(folder)
        number = int(kept[-1].split("-")[0]) + 1 if kept else 1
        state = "new" if before is None else "changed"
        with open(os.path.join(folder, f"{number:08}-{_stamp(path)}-{state}"), "wb") as file:
            file.write(encoded(before or ""))
        for name in kept[: 1 - MAX_KEPT]:
            os.unlink(os.path.join(folder, name))
    except OSError as err:
        return f"\n(This edit cannot be undone with undo_edit: {err.strerror}.)"
    return ""


def last(root: str, path: str, name: str) -> str | None:
    """What a file was before its last edit; None: it was not there. Raises Refused when it changed since."""
    kept = _kept(_folder(root, path))
    if not kept:
        raise Refused(f"There is no edit of {name} to undo. `git diff {name}` shows what changed since the start.")
    _, stamp, state = kept[-1].split("-")
    if not os.path.isfile(path) or stamp != _stamp(path):
        raise Refused(f"{name} was changed by something else after its last edit, so that one is not undone. View it.")
    if state == "new":
        return None
    with open(os.path.join(_folder(root, path), kept[-1]), "rb") as file:
        return file.read().decode("utf-8", "surrogateescape")


def forget_last(root: str, path: str) -> None:
    """The last edit has been undone; the one before it can be next."""
    folder = _folder(root, path)
    *before, last_one = _kept(folder)
    os.unlink(os.path.join(folder, last_one))
    if before and os.path.exists(path):
        number, _, state = before[-1].split("-")
        os.rename(os.path.join(folder, before[-1]), os.path.join(folder, f"{number}-{_stamp(path)}-{state}"))


def _kept(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _folder(root: str, path: str) -> str:
    top = os.path.realpath(root)
    return os.path.join(top, FOLDER, os.path.relpath(path, top), ".edits")


def _stamp(path: str) -> str:
    found = os.stat(path)
    return f"{found.st_mtime_ns}.{found.st_size}"
