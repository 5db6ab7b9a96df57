"""Which paths a role may change."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

EVERYTHING = ("**",)


def may_write(path: str, globs: Sequence[str]) -> bool:
    """Whether `path`, relative to the repository, matches one of the globs and none of those that begin with `!`.

    `*` matches any characters, `/` too; a glob that names a folder (`docs/`) holds for all that is in it, and one
    without a `/` holds in every folder.
    """
    allowed = [glob for glob in globs if not glob.startswith("!")]
    taken_out = [glob[1:] for glob in globs if glob.startswith("!")]
    return any(_matches(path, glob) for glob in allowed) and not any(_matches(path, glob) for glob in taken_out)


def outside(paths: Iterable[str], globs: Sequence[str]) -> list[str]:
    """The paths that may not be changed."""
    if tuple(globs) == EVERYTHING:
        return []
    return [path for path in paths if not may_write(path, globs)]


def _matches(path: str, glob: str) -> bool:
    glob = glob.removeprefix("./")
    if glob.endswith("/"):
        glob += "*"
    if glob in ("**", "*"):
        return True
    plain = glob.replace("**/", "*")
    candidates = (glob, plain, plain.removeprefix("*")) if glob.startswith("**/") else (glob, plain)
    if any(fnmatchcase(path, candidate) for candidate in candidates):
        return True
    return "/" not in glob and fnmatchcase(path.rsplit("/", 1)[-1], glob)
