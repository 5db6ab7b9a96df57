"""Globs of paths: what they match, and when one set stays within another.

As in `.gitignore`: `*` stays within a folder, `**` spans folders, a glob without a slash holds in every folder, and one
that names a folder holds for all that is in it. `!` before a glob takes paths out again.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise

_ANY = "**"
_WILD = frozenset("*?[")
Parts = tuple[str, ...]


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path, relative to the repository, is among those that the globs name."""
    named, taken_out = split(globs)
    parts = tuple(path.split("/"))
    return any(_match(_parts(glob), parts) for glob in named) and not any(
        _match(_parts(glob), parts) for glob in taken_out
    )


def narrow(allowed: Sequence[str], wanted: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The wanted globs as far as they provably stay within the allowed ones, and those that do not.

    A wanted glob that is too wide gets the allowed ones it covers.
    """
    within, never = split(allowed)
    named, taken_out = split(wanted)
    granted: list[str] = []
    refused: list[str] = []
    for glob in named:
        if any(contains(outer, glob) for outer in within):
            granted.append(glob)
            continue
        granted += [inner for inner in within if contains(glob, inner)]
        refused.append(glob)
    if not granted:
        return (), tuple(refused)
    excluded = (f"!{glob}" for glob in dict.fromkeys((*never, *taken_out)))
    return (*dict.fromkeys(granted), *excluded), tuple(refused)


def contains(outer: str, inner: str) -> bool:
    """Whether every path that `inner` matches is matched by `outer`. May say no where it cannot tell."""
    return _contains(_parts(outer), _parts(inner))


def split(globs: Iterable[str]) -> tuple[list[str], list[str]]:
    """The globs that name paths, and those (without their `!`) that take paths out again."""
    named: list[str] = []
    taken_out: list[str] = []
    for glob in globs:
        (taken_out if glob.startswith("!") else named).append(glob.removeprefix("!"))
    return named, taken_out


@lru_cache(maxsize=4096)
def _parts(glob: str) -> Parts:
    glob = glob.removeprefix("./")
    parts = [part for part in glob.split("/") if part]
    if "/" not in glob.rstrip("/"):
        parts = [_ANY, *parts]
    parts += ["*", _ANY] if glob.endswith("/") else [_ANY]
    # `**` twice in a row says nothing more than once, and would be tried in many ways.
    return (parts[0], *(part for before, part in pairwise(parts) if (before, part) != (_ANY, _ANY)))


@lru_cache(maxsize=65536)
def _match(glob: Parts, path: Parts) -> bool:
    if not glob:
        return not path
    head, rest = glob[0], glob[1:]
    if head == _ANY:
        return _match(rest, path) or (bool(path) and _match(glob, path[1:]))
    return bool(path) and fnmatchcase(path[0], head) and _match(rest, path[1:])


@lru_cache(maxsize=4096)
def _contains(outer: Parts, inner: Parts) -> bool:
    if not outer:
        return not inner
    head, rest = outer[0], outer[1:]
    if head == _ANY:
        return _contains(rest, inner) or (bool(inner) and _contains(outer, inner[1:]))
    if not inner or inner[0] == _ANY:
        return False
    return _part_contains(head, inner[0]) and _contains(rest, inner[1:])


def _part_contains(outer: str, inner: str) -> bool:
    if outer in ("*", inner):
        return True
    return not _WILD & set(inner) and fnmatchcase(inner, outer)
