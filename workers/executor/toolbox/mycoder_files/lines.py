"""A file's text as lines, so that line endings and a missing last newline stay as they are."""

from __future__ import annotations


class Lines:
    """texts: the lines without their endings; ends: the ending of each, empty for a last one that has none."""

    def __init__(self, texts: list[str], ends: list[str]) -> None:
        self.texts = texts
        self.ends = ends

    @property
    def newline(self) -> str:
        """The ending most lines have."""
        return "\r\n" if self.ends.count("\r\n") > self.ends.count("\n") else "\n"

    def splice(self, start: int, count: int, new: list[str]) -> None:
        """Put `new` in place of `count` lines. The file ends with a newline afterwards if it did before."""
        at_end = start + count == len(self.texts)
        last = self.ends[-1] if self.ends else self.newline
        ends = [self.newline] * len(new)
        self.texts[start : start + count] = new
        self.ends[start : start + count] = ends
        if not at_end or not self.ends:
            return
        if new and start and not self.ends[start - 1]:
            self.ends[start - 1] = self.newline
        self.ends[-1] = last

    def end_with_newline(self, wanted: bool) -> None:
        if self.ends:
            self.ends[-1] = (self.ends[-1] or self.newline) if wanted else ""

    def joined(self) -> str:
        return "".join(text + end for text, end in zip(self.texts, self.ends))


def split(text: str) -> Lines:
    """Lines end at newlines only, as `grep -n` and compilers count them: a form feed does not end one."""
    pieces = text.split("\n")
    last = pieces.pop()
    texts = [piece[:-1] if piece.endswith("\r") else piece for piece in pieces]
    ends = ["\r\n" if piece.endswith("\r") else "\n" for piece in pieces]
    return Lines([*texts, last], [*ends, ""]) if last else Lines(texts, ends)


def as_lines(text: str) -> list[str]:
    return split(text).texts


def numbered(texts: list[str], first: int, last: int) -> str:
    """The lines from `first` to `last`, counted from 1, with their numbers."""
    return "\n".join(f"{number:6}\t{text}" for number, text in enumerate(texts[first - 1 : last], first))
