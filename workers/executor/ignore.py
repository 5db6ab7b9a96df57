"""What .gitignore files leave out, by git's own rules (gitignore(5)), on names alone.

git itself is not asked: it would open files and folders that hostile code can swap below it. Matching takes time
proportional to pattern times path, whatever the pattern: these files are hostile too, and a regular expression with
many stars can be made to run for ever. All names are bytes, as they are for git.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_MAX_LINE_BYTES = 1024
_POSIX = {
    b"alpha": rb"a-zA-Z",
    b"digit": rb"0-9",
    b"alnum": rb"a-zA-Z0-9",
    b"upper": rb"A-Z",
    b"lower": rb"a-z",
    b"space": rb"\s",
    b"blank": rb" \t",
    b"punct": rb"!-/:-@\[-`{-~",
    b"xdigit": rb"0-9a-fA-F",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"graph": rb"!-~",
    b"print": rb" -~",
}
_ANY_FOLDERS = None
_Segment = re.Pattern[bytes] | None


@dataclass(frozen=True, slots=True)
class _Rule:
    negated: bool
    folders_only: bool
    anywhere: bool
    """No slash in the pattern: it is matched with the last part of the path."""
    segments: tuple[_Segment, ...]

    def matches(self, parts: Sequence[bytes]) -> bool:
        if self.anywhere:
            parts = parts[-1:]
        return _match(self.segments, parts)


class IgnoreRules:
    """The rules of one .gitignore file."""

    def __init__(self, content: bytes) -> None:
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        rules = (_parse(line.removesuffix(b"\r")) for line in lines if len(line) <= _MAX_LINE_BYTES)
        self._rules = [rule for rule in rules if rule]
        self._rules.reverse()

    def verdict(self, parts: Sequence[bytes], *, is_folder: bool) -> bool | None:
        """True: ignored; False: a rule takes it back; None: no rule is about this path.

        `parts` is the path below the folder of the file.
        """
        for rule in self._rules:
            if (is_folder or not rule.folders_only) and rule.matches(parts):
                return not rule.negated
        return None


@lru_cache(maxsize=64)
def ignore_rules(content: bytes) -> IgnoreRules:
    """The rules of a file with this content, parsed once."""
    return IgnoreRules(content)


def _parse(line: bytes) -> _Rule | None:
    if not line or line.startswith(b"#"):
        return None
    line = _without_trailing_spaces(line)
    negated = line.startswith(b"!")
    pattern = line[1:] if negated else line
    folders_only = pattern.endswith(b"/")
    pattern = pattern[:-1] if folders_only else pattern
    anywhere = b"/" not in pattern
    segments = _segments(pattern.removeprefix(b"/"))
    return _Rule(negated, folders_only, anywhere, segments) if segments else None


def _without_trailing_spaces(line: bytes) -> bytes:
    kept = line.rstrip(b" ")
    escaped = (len(kept) - len(kept.rstrip(b"\\"))) % 2 == 1
    return line[: len(kept) + 1] if escaped and len(line) > len(kept) else kept


def _segments(pattern: bytes) -> tuple[_Segment, ...]:
    """The pattern cut at its slashes; empty when it can match nothing."""
    segments: list[_Segment] = []
    chunks: list[bytes] = [b""]
    stars_only = True
    at = 0
    while at <= len(pattern):
        char = pattern[at : at + 1]
        if char == b"\\" and pattern[at + 1 : at + 2] == b"/":
            at, char = at + 1, b"/"
        if char in (b"/", b""):
            whole = stars_only and len(chunks) > 2
            segments.append(_ANY_FOLDERS if whole else _compile(chunks))
            chunks, stars_only = [b""], True
            at += 1
            continue
        if char == b"*":
            chunks.append(b"")
            at += 1
            continue
        stars_only = False
        piece, at = _piece(pattern, at)
        if piece is None:
            return ()
        chunks[-1] += piece
    return tuple(segments)


def _piece(pattern: bytes, at: int) -> tuple[bytes | None, int]:
    """One element that stands for exactly one byte, and where the next begins; None when it is malformed."""
    match pattern[at : at + 1]:
        case b"?":
            return b".", at + 1
        case b"[":
            return _bracket(pattern, at + 1)
        case b"\\":
            literal = pattern[at + 1 : at + 2]
            return (re.escape(literal) if literal else None), at + 2
        case char:
            return re.escape(char), at + 1


def _bracket(pattern: bytes, at: int) -> tuple[bytes | None, int]:
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    members: list[bytes] = []
    previous = b""
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        char = pattern[at : at + 1]
        if not char:
            return None, at
        if pattern[at : at + 2] == b"[:" and (end := pattern.find(b":]", at)) > 0:
            name = pattern[at + 2 : end]
            if name not in _POSIX:
                return None, at
            members.append(_POSIX[name])
            previous, at = b"", end + 2
            continue
        if char == b"-" and previous and pattern[at + 1 : at + 2] not in (b"", b"]"):
            at += 1
            high, at = _literal(pattern, at)
            if high and previous <= high:
                members.append(re.escape(previous) + b"-" + re.escape(high))
            previous = b""
            continue
        previous, at = _literal(pattern, at)
        if not previous:
            return None, at
        members.append(re.escape(previous))
    return _class(members, negated), at + 1


def _literal(pattern: bytes, at: int) -> tuple[bytes, int]:
    at += pattern[at : at + 1] == b"\\"
    return pattern[at : at + 1], at + 1


def _class(members: list[bytes], negated: bool) -> bytes:
    if negated:
        return b"[^" + b"".join(members) + b"]"
    return b"[" + b"".join(members) + b"]" if members else b"(?!)"


def _compile(chunks: list[bytes]) -> re.Pattern[bytes]:
    """Chunks of fixed length with stars between them. The first place where a chunk fits is as good as any later one,
    so each is matched once, in an atomic group, and nothing is tried again."""
    first, *rest = chunks
    if not rest:
        return re.compile(first + rb"\Z", re.DOTALL)
    middle = b"".join(b"(?>.*?" + chunk + b")" for chunk in rest[:-1] if chunk)
    return re.compile(first + middle + b".*" + rest[-1] + rb"\Z", re.DOTALL)


def _match(segments: tuple[_Segment, ...], parts: Sequence[bytes]) -> bool:
    """Whether the segments match all of the parts, where a double star stands for any number of them."""
    reached = {0}
    for number, segment in enumerate(segments):
        if segment is _ANY_FOLDERS:
            # At the end it stands for what is in the folder, so not for nothing.
            least = min(reached) + (number == len(segments) - 1)
            reached = set(range(least, len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and segment.match(parts[at])}
        if not reached:
            return False
    return len(parts) in reached
