"""Reads `*** Begin Patch` … `*** End Patch`."""

from __future__ import annotations

from .patch_parts import RANGES, Change, Hunk, Patch, malformed
from .request import Refused

BEGIN = "*** Begin Patch"
END = "*** End Patch"
KINDS = {"*** Add File: ": "add", "*** Delete File: ": "delete", "*** Update File: ": "update"}
MOVE = "*** Move to: "
END_OF_FILE = "*** End of File"


def read_envelope(lines: list[str], first: int) -> Patch:
    """lines: the whole text; first: index of the line that begins the patch."""
    return _Reader(lines, first + 1).patch()


class _Reader:
    def __init__(self, lines: list[str], index: int) -> None:
        self._lines = lines
        self._index = index

    def patch(self) -> Patch:
        patch = Patch()
        while self._line().rstrip() != END:
            if self._line().strip():
                patch.changes.append(self._change())
            else:
                self._index += 1
        return patch

    def _line(self) -> str:
        if self._index >= len(self._lines):
            raise Refused(f"The patch has no `{END}`: it seems to be cut off. Nothing was changed. Send a shorter one.")
        return self._lines[self._index]

    def _change(self) -> Change:
        line = self._line()
        for mark, kind in KINDS.items():
            if line.startswith(mark):
                self._index += 1
                change = Change(kind, line[len(mark) :].strip(), self._index)
                self._body(change)
                return change
        raise malformed(self._index + 1, f"a file section was expected, such as `*** Update File: path`, not {line!r}.")

    def _body(self, change: Change) -> None:
        if change.kind == "add":
            change.content = self._content()
        elif change.kind == "update":
            if self._line().startswith(MOVE):
                change.move_to = self._line()[len(MOVE) :].strip()
                self._index += 1
            while not self._at_section():
                change.hunks.append(self._hunk())
            if not change.hunks and not change.move_to:
                raise malformed(change.at, f"the update of {change.path} changes nothing.")

    def _content(self) -> str:
        content = []
        while not self._at_section():
            line = self._line()
            if not line.startswith("+"):
                if not line.strip():
                    self._index += 1
                    continue
                raise malformed(self._index + 1, "every line of an added file begins with `+`.")
            content.append(line[1:] + "\n")
            self._index += 1
        return "".join(content)

    def _hunk(self) -> Hunk:
        hunk = Hunk(self._index + 1)
        while self._line().startswith("@@"):
            self._header(hunk, self._line())
            self._index += 1
        while not self._at_section() and not self._line().startswith("@@"):
            line = self._line()
            self._index += 1
            if line.strip() == END_OF_FILE:
                hunk.at_end = True
                break
            if line[:1] not in ("", " ", "+", "-"):
                raise malformed(self._index, "a line of a hunk begins with a space, `+` or `-`; this one does not.")
            hunk.lines.append((line[:1], line[1:]))
        if not hunk.without_blank_end().lines:
            raise malformed(hunk.at, "the hunk has no lines.")
        return hunk

    def _header(self, hunk: Hunk, line: str) -> None:
        """Models mix the two forms: what stands behind a unified diff's line numbers says nothing exact."""
        if ranges := RANGES.match(line):
            hunk.near(int(ranges[1]), int(ranges[2] or 1))
        elif line[2:].strip():
            hunk.headers.append(line[2:].strip())

    def _at_section(self) -> bool:
        line = self._line()
        return line.rstrip() == END or line.startswith(tuple(KINDS))
