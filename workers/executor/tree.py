"""What walker and writer of a workspace share: entries, names that are refused, when a file is unchanged."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from mycoderai.schemas.errors import PermanentError
from mycoderai.workers.executor.objects import GITLINK, Child

_GIT_NAME = re.compile(r"(?:\.git|git~1)[ .]*(?:\Z|[\\:])", re.IGNORECASE)
_INVISIBLE = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CLOCK_TICK_NS = 20_000_000


class WorkspaceError(PermanentError):
    """Base of what can be wrong with a workspace or the repository of a run."""


StatKey = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, link or submodule of a tree."""

    mode: bytes
    object_id: str
    key: StatKey | None = None
    """The file's times, size, number and mode when it was read; None when they don't prove that it is unchanged."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the workspace that is not in its tree, and why."""

    path: str
    reason: str
    holds_content: bool = True
    """Whether deleting it loses something. A nested repository counts as scaffolding, a pipe holds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLimits:
    """How much a workspace may hold."""

    max_entries: int = 200_000
    max_depth: int = 100
    max_file_bytes: int = 1024**3
    """A larger file is left out and reported."""
    max_new_bytes: int = 4 * 1024**3
    """In files that were not in the last snapshot, all together."""


class TreeTooLarge(WorkspaceError):
    """The workspace holds more than its limits allow."""


class TreeChanging(WorkspaceError):
    """A file changed under the walker's hands, several times in a row. Something is still running."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} keeps changing while it is read", "Stop what writes to it.")


@dataclass(slots=True)
class Walked:
    """What a walk found."""

    tree: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    folders: dict[str, tuple[list[Child], str]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    linked: bool = False
    """Whether one of the files that were read has a second name."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """The paths that count although an ignore rule matches them: those of the last commit."""

    entries: Mapping[str, Entry]
    folders: frozenset[str]

    @classmethod
    def of(cls, entries: Mapping[str, Entry]) -> "Tracked":
        folders: set[str] = set()
        for path in entries:
            while (path := path.rpartition("/")[0]) and path not in folders:
                folders.add(path)
        return cls(entries, frozenset(folders))

    def has_submodule(self, path: str) -> bool:
        entry = self.entries.get(path)
        return entry is not None and entry.mode == GITLINK


def is_git_name(name: str) -> bool:
    """Whether some file system takes this name for `.git`; git refuses to check such a tree out."""
    if name[0] not in ".gG" and name.isascii():
        return False
    return _GIT_NAME.match(name.translate(_INVISIBLE)) is not None


@contextmanager
def opened_folder(name: str | os.PathLike[str], parent: int | None = None) -> Iterator[int]:
    """A descriptor of a folder that is not a symbolic link."""
    descriptor = os.open(name, _FOLDER_FLAGS, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def stat_key(found: os.stat_result) -> StatKey:
    """What changes when a file is written, replaced or given other rights. ctime cannot be set by a program."""
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)


def is_settled(found: os.stat_result, read_at_ns: int) -> bool:
    """Whether a write after `read_at_ns` must show in the times. The kernel's clock for files ticks every 1-10 ms."""
    return found.st_ctime_ns < read_at_ns - _CLOCK_TICK_NS
