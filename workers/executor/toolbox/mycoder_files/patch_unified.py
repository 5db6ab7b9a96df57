"""Reads plain unified diffs, as `diff -u` and `git diff` write them."""

from __future__ import annotations

import re

from .patch_parts import RANGES, Change, Hunk, Patch, malformed
from .request import Refused

GIT_FILE = re.compile(r"diff --git a/(.+) b/\1")
NOTHING = "/dev/null"
IGNORED_MODE = "File modes in the patch were ignored; use chmod."


def read_unified(lines: list[str]) -> Patch:
    return _Reader(lines).patch()


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._index = 0
        self._patch = Patch()
        self._renamed_from = ""
        self._git_path = ""
        self._bare: Change | None = None
        """A file that was added or removed; an empty one has no hunks."""

    def patch(self) -> Patch:
        while self._index < len(self._lines):
            self._line()
        self._end_of_file()
        if not self._patch.changes:
            raise Refused(_UNKNOWN)
        return self._patch

    def _line(self) -> None:
        line = self._lines[self._index]
        if self._at_file():
            self._file()
        elif line.startswith("@@"):
            raise malformed(self._index + 1, "a hunk comes before any `---` and `+++` lines.")
        else:
            self._git_line(line)
            self._index += 1

    def _at_file(self) -> bool:
        two = self._lines[self._index : self._index + 2]
        return len(two) == 2 and two[0].startswith("--- ") and two[1].startswith("+++ ")

    def _git_line(self, line: str) -> None:
        """What git writes above or instead of the hunks. Other lines between files are a comment."""
        if line.startswith(("Binary files ", "GIT binary patch")):
            raise malformed(self._index + 1, "it changes a binary file.")
        if line.startswith("copy from "):
            raise malformed(self._index + 1, "it copies a file; add the copy instead.")
        if match := GIT_FILE.fullmatch(line):
            self._end_of_file()
            self._git_path = match[1]
        elif line.startswith(("new file mode ", "deleted file mode ")) and self._git_path:
            self._bare = Change("add" if line.startswith("new") else "delete", self._git_path, self._index + 1)
        elif line.startswith("rename from "):
            self._renamed_from = _path(line[12:])
        elif line.startswith("rename to ") and self._renamed_from:
            move = Change("update", self._renamed_from, self._index + 1, move_to=_path(line[10:]))
            self._patch.changes.append(move)
        if line.startswith(("new mode ", "new file mode 100755")) and IGNORED_MODE not in self._patch.notes:
            self._patch.notes.append(IGNORED_MODE)

    def _end_of_file(self) -> None:
        if self._bare:
            self._patch.changes.append(self._bare)
        self._bare, self._git_path, self._renamed_from = None, "", ""

    def _file(self) -> None:
        old, new = (_path(line[4:]) for line in self._lines[self._index : self._index + 2])
        if old.startswith(("a/", NOTHING)) and new.startswith(("b/", NOTHING)):
            old, new = (name if name == NOTHING else name[2:] for name in (old, new))
        at = self._index + 1
        self._index += 2
        self._bare = None
        hunks = []
        while self._index < len(self._lines) and self._lines[self._index].startswith("@@"):
            hunks.append(self._hunk())
        if not hunks:
            raise malformed(at, "no hunk that begins with `@@` follows.")
        self._add(old, new, at, hunks)

    def _add(self, old: str, new: str, at: int, hunks: list[Hunk]) -> None:
        changes = self._patch.changes
        if old == NOTHING:
            content = "".join(f"{line}\n" for hunk in hunks for line in hunk.new)
            ends_with_newline = hunks[-1].final_newline is not False
            changes.append(Change("add", new, at, content=content if ends_with_newline else content[:-1]))
        elif new == NOTHING:
            changes.append(Change("delete", old, at))
        elif self._renamed_from == old and changes and changes[-1].move_to == new:
            changes[-1].hunks = hunks
        else:
            changes.append(Change("update", old, at, move_to="" if old == new else new))
            changes[-1].hunks = hunks

    def _hunk(self) -> Hunk:
        ranges = RANGES.match(self._lines[self._index])
        self._index += 1
        hunk = Hunk(self._index)
        count = 0
        if ranges:
            count = int(ranges[2] or 1)
            hunk.near(int(ranges[1]), count)
        while self._index < len(self._lines) and not self._at_hunk_end(count - len(hunk.old)):
            self._hunk_line(hunk, self._lines[self._index])
            self._index += 1
        if not hunk.without_blank_end().lines:
            raise malformed(hunk.at, "the hunk has no lines.")
        return hunk

    def _at_hunk_end(self, expected: int) -> bool:
        """A deleted `-- comment` looks like the head of a file, but models count badly: both have to agree."""
        if self._lines[self._index].startswith(("@@", "diff --git ")):
            return True
        followed = self._lines[self._index + 2 : self._index + 3]
        return self._at_file() and (expected <= 0 or any(RANGES.match(line) for line in followed))

    def _hunk_line(self, hunk: Hunk, line: str) -> None:
        if line.startswith("\\"):  # "No newline at end of file" is about the line above it
            hunk.final_newline = bool(hunk.lines) and hunk.lines[-1][0] == "-"
        elif line[:1] in ("", " ", "+", "-"):
            hunk.lines.append((line[:1], line[1:]))
        else:
            raise malformed(self._index + 1, "a line of a hunk begins with a space, `+` or `-`; this one does not.")


def _path(text: str) -> str:
    """The name in a head line; git puts one with unusual characters in quotes, `diff` a time after it."""
    name = text.split("\t")[0].strip()
    if name.startswith('"'):
        import ast

        try:
            return str(ast.literal_eval("b" + name).decode())
        except (ValueError, SyntaxError):
            return name
    return name


_UNKNOWN = (
    "This is no patch: it needs `*** Begin Patch`, file sections and `*** End Patch`, or a unified diff with "
    "`---`, `+++` and `@@` lines. Nothing was changed."
)
