"""From a git tree to the files of a workspace, without trusting what lies there.

As in `tree.py`, nothing is reached through a symbolic link: each step opens one name relative to an open folder.
Content is written as it is in the object: no line-ending conversion and no filters, or the next snapshot would differ.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import BinaryIO, TypeVar

from mycoderai.workers.executor.discard import discard, own_folder
from mycoderai.workers.executor.objects import EXECUTABLE, GITLINK, SYMLINK
from mycoderai.workers.executor.tree import Entry, WorkspaceError, is_git_name, is_settled, stat_key

_CHUNK_BYTES = 1024 * 1024
_TRIES = 5
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_Made = TypeVar("_Made")
Node = dict[str, "Node | Entry"]


class UnsafeTree(WorkspaceError):
    """A tree holds a name that must not be written to disk, or an object of it is damaged."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The tree cannot be written to disk: {what}")


def nested(entries: Mapping[str, Entry]) -> Node:
    """The entries of a tree by folder.

    Raises:
        UnsafeTree: a path with an empty part, `..`, or a part that is `.git` for some file system.
    """
    top: Node = {}
    for path, entry in entries.items():
        *folders, name = path.split("/")
        if any(part in ("", ".", "..") or is_git_name(part) for part in (*folders, name)):
            raise UnsafeTree(path)
        node = top
        for folder in folders:
            below = node.setdefault(folder, {})
            if isinstance(below, Entry):
                raise UnsafeTree(path)
            node = below
        if name in node:
            raise UnsafeTree(path)
        node[name] = entry
    return top


def prune(folder: int, wanted: Node, current: Mapping[str, Entry], prefix: str = "") -> list[str]:
    """Remove what is not wanted or not known to be equal; return the paths that may stay as they are.

    `current` says what the files were when they were last read; one whose times differ is removed. The box's own
    repository at the top is left alone.
    """
    kept: list[str] = []
    with os.scandir(folder) as scan:
        entries = list(scan)
    for entry in entries:
        path = prefix + entry.name
        if path == ".git":
            continue
        found = entry.stat(follow_symlinks=False)
        want = wanted.get(entry.name)
        if stat.S_ISDIR(found.st_mode) and isinstance(want, dict):
            with own_folder(folder, entry.name) as below:
                kept += prune(below, want, current, path + "/")
        elif isinstance(want, Entry) and _is_equal(current.get(path), want, found):
            kept.append(path)
        else:
            discard(folder, entry.name)
    return kept


def _is_equal(known: Entry | None, want: Entry, found: os.stat_result) -> bool:
    same = known is not None and (known.mode, known.object_id) == (want.mode, want.object_id)
    return same and known is not None and known.key == stat_key(found)


def write(root: int, jobs: Iterable[tuple[str, Entry]], blobs: BinaryIO, *, settled: bool) -> dict[str, Entry]:
    """Create files and links, in the order in which `blobs` (the output of `git cat-file --batch`) gives them.

    Everything gets the owner of the root folder. The result has the stat keys for the next snapshot; `settled` says
    that nobody else can write yet, so every key holds.
    """
    written: dict[str, Entry] = {}
    cursor = _Cursor(root)
    try:
        for path, entry in jobs:
            *folders, name = path.split("/")
            if entry.mode == GITLINK:
                cursor.move([*folders, name])
                written[path] = entry
                continue
            parent, at_ns = cursor.move(folders), time.time_ns()
            found = _write(parent, name, entry, blobs, cursor.owner)
            key = stat_key(found) if settled or is_settled(found, at_ns) else None
            written[path] = Entry(entry.mode, entry.object_id, key)
    finally:
        cursor.close()
    return written


class _Cursor:
    """The open folders on the way to the last file, so that files side by side share them."""

    def __init__(self, root: int) -> None:
        found = os.fstat(root)
        self.owner = None if found.st_uid == os.geteuid() else (found.st_uid, found.st_gid)
        self._root = root
        self._names: list[str] = []
        self._open: list[int] = []

    def move(self, folders: list[str]) -> int:
        """Open the folder at this path, making what is missing; valid until the next call."""
        common = 0
        while common < min(len(folders), len(self._names)) and folders[common] == self._names[common]:
            common += 1
        self._leave(common)
        for name in folders[common:]:
            self._enter(name)
        return self._open[-1] if self._open else self._root

    def close(self) -> None:
        self._leave(0)

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            os.close(self._open.pop())
            self._names.pop()

    def _enter(self, name: str) -> None:
        parent = self._open[-1] if self._open else self._root
        made = False
        with suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
            made = True
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        self._open.append(descriptor)
        self._names.append(name)
        if made:
            os.fchmod(descriptor, 0o755)
            if self.owner:
                os.fchown(descriptor, *self.owner)


def _write(parent: int, name: str, entry: Entry, blobs: BinaryIO, owner: tuple[int, int] | None) -> os.stat_result:
    size = _blob_size(blobs, entry)
    if entry.mode == SYMLINK:
        found = _write_link(parent, name, blobs.read(size), owner)
    else:
        found = _write_file(parent, name, 0o755 if entry.mode == EXECUTABLE else 0o644, blobs, size, owner)
    blobs.read(1)  # a line feed follows each object
    return found


def _blob_size(blobs: BinaryIO, entry: Entry) -> int:
    match blobs.readline().split():
        case [object_id, b"blob", size] if object_id.decode() == entry.object_id:
            return int(size)
        case other:
            raise UnsafeTree(f"{entry.object_id}: {b' '.join(other).decode(errors='replace')}")


def _write_link(parent: int, name: str, target: bytes, owner: tuple[int, int] | None) -> os.stat_result:
    _create(parent, name, lambda: os.symlink(target, os.fsencode(name), dir_fd=parent))
    if owner:
        os.chown(name, *owner, dir_fd=parent, follow_symlinks=False)
    return os.stat(name, dir_fd=parent, follow_symlinks=False)


def _write_file(
    parent: int, name: str, mode: int, blobs: BinaryIO, size: int, owner: tuple[int, int] | None
) -> os.stat_result:
    descriptor = _create(parent, name, lambda: os.open(name, _CREATE_FLAGS, 0o600, dir_fd=parent))
    try:
        while size:
            chunk = blobs.read(min(size, _CHUNK_BYTES))
            if not chunk:
                raise UnsafeTree(f"{name}: the object ends early")
            size -= len(chunk)
            _write_all(descriptor, chunk)
        if owner:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _create(parent: int, name: str, make: Callable[[], _Made]) -> _Made:
    """Code that still runs may put something in the way between removing and making, but not for ever."""
    for _ in range(_TRIES):
        with suppress(FileExistsError):
            return make()
        with suppress(FileNotFoundError):
            discard(parent, name)
    return make()
