"""A patch once it is read, whichever way it was written."""

from __future__ import annotations

import re

from .request import Refused

RANGES = re.compile(r"@@+ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@+")


class Hunk:
    """One place of a file: what is there, and what it becomes. at: its line in the patch."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.headers: list[str] = []
        """Lines it comes after, such as a class and then a function."""
        self.lines: list[tuple[str, str]] = []
        """Each a space, `-` or `+`, and the text."""
        self.at_end = False
        """It is said to reach the end of the file."""
        self.hint: int | None = None
        """Index of the line it should be near."""
        self.final_newline: bool | None = None
        """Whether the file ends with a newline afterwards; None: as before."""

    def near(self, start: int, count: int) -> None:
        """By the line numbers of a unified diff, where no lines at all are said to follow the line named."""
        self.hint = start if count == 0 else max(start - 1, 0)

    @property
    def old(self) -> list[str]:
        return [line for mark, line in self.lines if mark != "+"]

    @property
    def new(self) -> list[str]:
        return [line for mark, line in self.lines if mark != "-"]

    def without_blank_end(self) -> Hunk:
        """Blank lines between hunks are the writer's, not the file's."""
        while self.lines and self.lines[-1] == ("", ""):
            self.lines.pop()
        self.lines = [(mark or " ", line) for mark, line in self.lines]
        return self


class Change:
    """What becomes of one file. kind: `add`, `delete` or `update`; content: of an added file."""

    def __init__(self, kind: str, path: str, at: int, *, content: str = "", move_to: str = "") -> None:
        self.kind = kind
        self.path = path
        self.at = at
        self.content = content
        self.move_to = move_to
        self.hunks: list[Hunk] = []


class Patch:
    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.notes: list[str] = []


def malformed(line: int, why: str) -> Refused:
    return Refused(f"The patch cannot be read at its line {line}: {why} Nothing was changed.")
