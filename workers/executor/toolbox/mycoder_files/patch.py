"""`apply_patch`: several files at once, all of them or none."""

from __future__ import annotations

import os
import re

from .files import inside, read, stage
from .lines import split
from .patch_apply import Applied, apply
from .patch_envelope import BEGIN, read_envelope
from .patch_parts import Change, Patch, malformed
from .patch_unified import read_unified
from .request import Refused, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Request

FENCE = re.compile(r"\s*```\w*\n(.*?)\n```\s*", re.DOTALL)


def run(request: Request, root: str) -> str:
    whole = text(request, "patch")
    if not whole.strip():
        raise Refused("`patch` is empty.")
    patch = read_patch(whole)
    outcome = _Outcome(root)
    for change in patch.changes:
        outcome.add(change)
    _write_all(outcome.files, outcome.moved)
    return "\n".join([*outcome.said, *patch.notes])


def read_patch(whole: str) -> Patch:
    """Either form. Raises Refused with the line that cannot be read."""
    if fenced := FENCE.fullmatch(whole):
        whole = fenced[1]
    lines = whole.replace("\r\n", "\n").split("\n")
    for index, line in enumerate(lines):
        if line.strip() == BEGIN:
            patch = read_envelope(lines, index)
            break
    else:
        patch = read_unified(lines)
    if not patch.changes:
        raise Refused("The patch names no files. Nothing was changed.")
    return patch


class _Outcome:
    """What the files will be once every change is made; nothing is written before all of them fit."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.files: dict[str, str | None] = {}
        """New content by real path; None: removed."""
        self.moved: dict[str, str] = {}
        """Where a file that moved was before: its rights go with it."""
        self.said: list[str] = []

    def add(self, change: Change) -> None:
        path = self._real(change.path, change.at)
        if change.kind == "add":
            self._add_file(change, path)
        elif change.kind == "delete":
            self._now(path, change.path)
            self.files[path] = None
            self.said.append(f"Deleted {change.path}.")
        else:
            self._update(change, path)

    def _add_file(self, change: Change, path: str) -> None:
        if self._exists(path):
            same = not os.path.isdir(path) and self._now(path, change.path) == change.content
            advice = "with this very content: it seems to be applied already" if same else "use `*** Update File:`"
            raise Refused(f"{change.path} exists; {advice}. Nothing was changed.")
        self.files[path] = change.content
        self.said.append(f"Added {change.path}.")

    def _update(self, change: Change, path: str) -> None:
        file = split(self._now(path, change.path))
        applied = apply(file, change.hunks, change.path)
        target = self._real(change.move_to, change.at) if change.move_to else path
        if target != path:
            if self._exists(target):
                raise Refused(f"{change.move_to} exists, so {change.path} cannot move there. Nothing was changed.")
            self.files[path] = None
            self.moved[target] = path
        self.files[target] = file.joined()
        self.said.append(_said(change, applied))

    def _exists(self, path: str) -> bool:
        return self.files[path] is not None if path in self.files else os.path.lexists(path)

    def _now(self, path: str, name: str) -> str:
        known = self.files[path] if path in self.files else read(path, name)
        if known is None:
            raise Refused(f"{name} is removed earlier in the patch. Nothing was changed.")
        return known

    def _real(self, name: str, line: int) -> str:
        if not name:
            raise malformed(line, "the path is missing.")
        if name.startswith(("/", "~")) or ".." in name.split("/"):
            raise Refused(f"{name!r}: paths in a patch are relative and stay in the workspace. Nothing was changed.")
        return inside(self.root, name)


def _said(change: Change, applied: list[Applied]) -> str:
    what = f"Moved {change.path} to {change.move_to}" if change.move_to else f"Updated {change.path}"
    if not applied:
        return f"{what}."
    lines = ", ".join(str(hunk.line) for hunk in applied)
    loose = [f"hunk {number} but for {hunk.fuzz}" for number, hunk in enumerate(applied, 1) if hunk.fuzz]
    fuzz = f"fuzz {len(loose)}: {'; '.join(loose)}. Check these places" if loose else "fuzz 0"
    return f"{what}: {len(applied)} hunk{'s' if len(applied) > 1 else ''}, at line {lines}, {fuzz}."


def _write_all(files: dict[str, str | None], moved: dict[str, str]) -> None:
    """Everything is written beside its place first; a failure then takes back what was renamed already."""
    staged: dict[str, str] = {}
    before = {path: read(path, path) if os.path.lexists(path) else None for path in files}
    done: list[str] = []
    try:
        for path, content in files.items():
            if content is not None:
                staged[path] = stage(path, content, path, like=moved.get(path, path))
        for path, content in files.items():
            if content is not None:
                os.replace(staged.pop(path), path)
            elif before[path] is not None:
                os.unlink(path)
            done.append(path)
    except (OSError, Refused) as err:
        _take_back(done, before)
        raise Refused(f"The patch could not be written: {err} Nothing was changed.") from None
    finally:
        for temporary in staged.values():
            os.unlink(temporary)


def _take_back(done: list[str], before: dict[str, str | None]) -> None:
    for path in done:
        content = before[path]
        if content is None:
            os.unlink(path)
        else:
            os.replace(stage(path, content, path), path)
