"""`search`: a regular expression over the text files, or the files themselves."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from .files import inside, shown
from .globs import compiled
from .request import Refused, integer, text
from .tree import content, files

DEFAULT_RESULTS = 100
MAX_RESULTS = 1000
MAX_TEXT = 200
MAX_CHARS = 24_000
MAX_BYTES = 1 << 20
MAX_LINE = 10_000
LIMIT_S = 10.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from .request import Request


class OutOfTime(Exception):
    pass


class _Found:
    """Matches as they come; those that no longer fit are counted only."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.lines: list[str] = []
        self.chars = 0
        self.count = 0
        self.files = 0
        self.skipped = 0
        self.current = ""

    def add(self, line: str) -> None:
        self.count += 1
        if len(self.lines) < self.most and self.chars < MAX_CHARS:
            self.lines.append(line)
            self.chars += len(line) + 1


def run(request: Request, root: str) -> str:
    found = _Found(most=min(max(integer(request, "max_results", DEFAULT_RESULTS), 1), MAX_RESULTS))
    names = _names(request, root)
    wanted = text(request, "pattern")
    if not wanted:
        for name in names:
            found.add(name)
        return _told(found, "files", "")
    pattern, note = _pattern(wanted)
    try:
        with _time_limit():
            _search(pattern, root, names, found)
    except OutOfTime:
        note = _TOO_SLOW.format(LIMIT_S, found.current, found.files)
    return _told(found, f"matching lines in {found.files} files", note)


def _names(request: Request, root: str) -> Iterator[str]:
    start = inside(root, text(request, "path") or ".")
    place = shown(root, start)
    if not os.path.exists(start):
        raise Refused(f"{place} does not exist. Leave `path` out to search everywhere, or look with `view`.")
    names = files(os.path.realpath(root), "" if place == "." else place) if os.path.isdir(start) else iter([place])
    glob = text(request, "glob")
    if not glob:
        return names
    pattern = compiled(glob)
    below = "" if place == "." or not os.path.isdir(start) else place + "/"
    return (name for name in names if pattern.fullmatch(name) or pattern.fullmatch(name[len(below) :]))


def _pattern(wanted: str) -> tuple[re.Pattern[str], str]:
    try:
        return re.compile(wanted), ""
    except (re.error, OverflowError, RecursionError) as err:
        note = f"(`pattern` is no regular expression: {str(err)[:200]}. It was searched for as plain text.)"
        return re.compile(re.escape(wanted)), note


@contextmanager
def _time_limit() -> Iterator[None]:
    """A pattern can take for ever on one line: the matcher looks for signals, and a signal ends it."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _search(pattern: re.Pattern[str], root: str, names: Iterator[str], found: _Found) -> None:
    for name in names:
        found.current = name
        raw = content(os.path.join(root, name), MAX_BYTES)
        if raw is None:
            found.skipped += 1
            continue
        before = found.count
        for number, line in enumerate(raw.decode("utf-8", "replace").split("\n"), 1):
            if match := pattern.search(line[:MAX_LINE].rstrip("\r")):
                found.add(f"{name}:{number}: {_excerpt(line, match.start())}")
        found.files += found.count > before


def _excerpt(line: str, at: int) -> str:
    """The line, or the part of a long one where the match is."""
    line = line.rstrip()
    if len(line) <= MAX_TEXT:
        return line
    start = max(0, min(at - MAX_TEXT // 4, len(line) - MAX_TEXT))
    return f"{'…' if start else ''}{line[start : start + MAX_TEXT]}…"


def _told(found: _Found, what: str, note: str) -> str:
    shown_count = len(found.lines)
    if not found.count:
        head = "Nothing matches."
    elif shown_count < found.count:
        head = f"[{shown_count} of {found.count} {what}; narrow it with `path`, `glob` or a longer pattern]"
    else:
        head = f"[{found.count} {what}]"
    skipped = f"({found.skipped} files were left out: binary, unreadable or over 1 MB.)" if found.skipped else ""
    return "\n".join(part for part in (*found.lines, head, skipped, note) if part)


_TOO_SLOW = (
    "(Stopped after {:g} s in {}; {} files had matches. The pattern may try too many ways to match a line: "
    "avoid nested repetition such as `(a+)+`, or narrow the search with `path` or `glob`.)"
)
