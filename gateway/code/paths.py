"""Paths as queries name them: looked up in git's trees, never on a disk. What no tree can hold is refused."""

import re

from mycoderai.gateway.problem import Problem

MOST_BYTES = 4096
_NEVER = {"", ".", ".."}
_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


def checked(path: str) -> str:
    """Raises Problem 400."""
    parts = path.split("/")
    if len(path.encode(errors="surrogatepass")) > MOST_BYTES:
        raise _bad("the path is too long")
    if "\0" in path or (not path.isascii() and _has_surrogates(path)):
        raise _bad("the path holds characters that no path has")
    if path.startswith("/"):
        raise _bad("paths begin at the top of the repository, without a slash")
    if any(part in _NEVER for part in parts) or any(part.lower() == ".git" for part in parts):
        raise _bad("the path leads out of the repository's files")
    return path


def shown(path: bytes) -> str:
    """A path as text; bytes that are no UTF-8 as `\\xNN`."""
    return path.decode(errors="backslashreplace")


def raw(path: str) -> bytes:
    """Back from what `shown` made of a path that is no UTF-8."""
    return _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), path.encode())


def _has_surrogates(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return False


def _bad(message: str) -> Problem:
    return Problem(400, "bad_path", message)
