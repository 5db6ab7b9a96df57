"""From the files of a workspace to a git tree, without trusting them.

The code under work may be running while this looks, and may be written to lead it astray. Every folder is opened
relative to the one above it and never through a symbolic link, every file is opened before it is judged, and what
isn't a plain file, a link or a folder is left out and reported. git has no part in this: run on a tree like this, it
does what the tree tells it to.
"""

import os
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from mycoderai.workers.executor.ignore import IgnoreRules, ignore_rules
from mycoderai.workers.executor.objects import (
    EXECUTABLE,
    FILE,
    GITLINK,
    SYMLINK,
    TREE,
    Child,
    ContentChanged,
    ObjectStore,
)
from mycoderai.workers.executor.tree import (
    Entry,
    Skipped,
    Tracked,
    TreeChanging,
    TreeLimits,
    TreeTooLarge,
    Walked,
    is_git_name,
    is_settled,
    opened_folder,
    stat_key,
)
from mycoderai.workers.executor.watching import WatchedFolders

_ALWAYS_IGNORED = ignore_rules(b"__pycache__/\n*.pyc\n.pytest_cache/\n")
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_SMALL_BYTES = 1024 * 1024
_TRIES = 3
_MAX_SKIPPED = 100


class _LeftOut(Exception):
    """This entry has no place in the tree; the message says why."""

    def __init__(self, reason: str, *, holds_content: bool = True) -> None:
        super().__init__(reason)
        self.holds_content = holds_content


@dataclass(frozen=True, slots=True)
class _Level:
    """The ignore rules of one folder, and how many parts of a path stand before it."""

    rules: IgnoreRules
    depth: int


def _with_folders_above(paths: frozenset[str]) -> frozenset[str]:
    found = {""}
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)


def _comparable(previous: Walked, tracked: Tracked) -> Mapping[str, Entry]:
    """What is unchanged when its times are, whatever ignore rules say by now."""
    if previous.entries.keys() <= tracked.entries.keys():
        return previous.entries
    return {path: entry for path, entry in previous.entries.items() if path in tracked.entries}


class Walk:
    """One pass over a workspace."""

    def __init__(
        self,
        store: ObjectStore,
        tracked: Tracked,
        previous: Walked,
        limits: TreeLimits | None = None,
        watched: WatchedFolders | None = None,
    ) -> None:
        self._store = store
        self._tracked = tracked
        self._previous = previous
        self._comparable = _comparable(previous, tracked)
        self._limits = limits or TreeLimits()
        self._watched = watched
        self._touched: frozenset[str] | None = None
        """Folders that were written to, and those above them; None: perhaps all."""
        self._kept_folders: set[str] = set()
        self._device = 0
        self._count = 0
        self._new_bytes = 0
        self._found = Walked(linked=previous.linked)
        self._ignored_folders: dict[str, bool] = {}

    def run(self, root: str | os.PathLike[str]) -> Walked:
        """Store what is not stored yet and return the tree. Blocks; meant for a thread.

        Raises:
            TreeTooLarge, TreeChanging: see there.
        """
        changed = self._watched.changed() if self._watched else None
        if changed is not None and self._previous.tree and not self._previous.linked:
            if not changed:
                return self._previous
            self._touched = _with_folders_above(changed)
        try:
            return self._walk(root)
        except BaseException:
            if self._watched:
                self._watched.lost = True
            raise

    def _walk(self, root: str | os.PathLike[str]) -> Walked:
        with opened_folder(root) as descriptor:
            self._device = os.fstat(descriptor).st_dev
            children = self._children(descriptor, "", (_Level(_ALWAYS_IGNORED, 0),))
            self._found.tree = self._tree("", children)
        for skipped in self._previous.skipped:
            if skipped.path.rpartition("/")[0] in self._kept_folders:
                self._skip(skipped)
        return self._found

    def _children(self, folder: int, prefix: str, levels: tuple[_Level, ...]) -> list[Child]:
        if self._watched:
            self._watched.add(folder, prefix.rstrip("/"))
        with os.scandir(folder) as scan:
            # Never more than the limit: a folder of millions of names would fill the memory.
            entries = list(islice(scan, self._limits.max_entries - self._count + 1))
        self._count += len(entries)
        if self._count > self._limits.max_entries:
            raise TreeTooLarge(f"The workspace holds more than {self._limits.max_entries} files and folders")
        levels = self._with_rules(folder, prefix, entries, levels)
        children: list[Child] = []
        for entry in entries:
            path = prefix + entry.name
            try:
                known = self._comparable.get(path)
                # Spelled out here, because nearly every file of nearly every snapshot ends here.
                if known is not None and known.key == stat_key(entry.stat(follow_symlinks=False)):
                    self._found.entries[path] = known
                    children.append((entry.name, known.mode, known.object_id))
                else:
                    children += self._child(folder, path, entry, levels)
            except FileNotFoundError:
                continue
            except PermissionError:
                self._skip(Skipped(path, "cannot be read"))
            except _LeftOut as out:
                self._skip(Skipped(path, str(out), out.holds_content))
        return children

    def _with_rules(
        self, folder: int, prefix: str, entries: list[os.DirEntry[str]], levels: tuple[_Level, ...]
    ) -> tuple[_Level, ...]:
        if not any(entry.name == ".gitignore" for entry in entries):
            return levels
        with suppress(OSError):
            descriptor = os.open(".gitignore", _FILE_FLAGS, dir_fd=folder)
            try:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    rules = ignore_rules(os.read(descriptor, _SMALL_BYTES))
                    return (*levels, _Level(rules, prefix.count("/")))
            finally:
                os.close(descriptor)
        return levels

    def _child(self, folder: int, path: str, entry: os.DirEntry[str], levels: tuple[_Level, ...]) -> list[Child]:
        name = entry.name
        if is_git_name(name):
            if path == ".git":  # the box's own throw-away repository
                return []
            raise _LeftOut("a repository inside of the workspace", holds_content=False)
        found = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            return self._folder(folder, path, name, levels)
        if path not in self._tracked.entries and self._is_ignored(levels, path, is_folder=False):
            return []
        known = self._previous.entries.get(path)
        if known is None or known.key != stat_key(found):
            known = self._read(folder, path, name, found.st_mode)
        self._found.entries[path] = known
        return [(name, known.mode, known.object_id)]

    def _folder(self, parent: int, path: str, name: str, levels: tuple[_Level, ...]) -> list[Child]:
        if self._touched is not None and path not in self._touched and path in self._previous.folders:
            return [(name, TREE, self._as_before(path))]
        if self._tracked.has_submodule(path):
            entry = self._found.entries[path] = self._tracked.entries[path]
            return [(name, GITLINK, entry.object_id)]
        if path not in self._tracked.folders and self._is_ignored(levels, path, is_folder=True):
            return []
        if path.count("/") >= self._limits.max_depth:
            raise _LeftOut(f"deeper than {self._limits.max_depth} folders")
        try:
            with opened_folder(name, parent) as descriptor:
                if os.fstat(descriptor).st_dev != self._device:
                    raise _LeftOut("another file system")
                children = self._children(descriptor, path + "/", levels)
        except (PermissionError, FileNotFoundError):
            raise
        except OSError as err:
            raise TreeChanging(path) from err
        return [(name, TREE, self._tree(path, children))] if children else []

    def _as_before(self, path: str) -> str:
        """Take over a folder that nobody wrote to, and all below it."""
        children, tree = self._found.folders[path] = self._previous.folders[path]
        self._kept_folders.add(path)
        self._count += len(children)
        for name, mode, _ in children:
            below = f"{path}/{name}"
            if mode == TREE:
                self._as_before(below)
            else:
                self._found.entries[below] = self._previous.entries[below]
        return tree

    def _is_ignored(self, levels: tuple[_Level, ...], path: str, *, is_folder: bool) -> bool:
        """A path below an ignored folder is ignored whatever rules say about itself."""
        above = path.rpartition("/")[0]
        if above and above not in self._ignored_folders:
            self._ignored_folders[above] = self._is_ignored(levels, above, is_folder=True)
        if above and self._ignored_folders[above]:
            return True
        parts = os.fsencode(path).split(b"/")
        for level in reversed(levels):
            if level.depth < len(parts):
                verdict = level.rules.verdict(parts[level.depth :], is_folder=is_folder)
                if verdict is not None:
                    return verdict
        return False

    def _tree(self, path: str, children: list[Child]) -> str:
        before = self._previous.folders.get(path)
        tree = before[1] if before and before[0] == children else self._store.write_tree(children)
        self._found.folders[path] = (children, tree)
        return tree

    def _read(self, folder: int, path: str, name: str, mode: int) -> Entry:
        if stat.S_ISLNK(mode):
            return self._read_link(folder, path, name)
        if not stat.S_ISREG(mode):
            raise _LeftOut("neither a file nor a link nor a folder", holds_content=False)
        for _ in range(_TRIES):
            with suppress(ContentChanged):
                return self._read_file(folder, path, name)
        raise TreeChanging(path)

    def _read_link(self, folder: int, path: str, name: str) -> Entry:
        if name.lower() == ".gitmodules":
            raise _LeftOut("git refuses a link of this name")
        read_at_ns = time.time_ns()
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        target = os.fsencode(os.readlink(name, dir_fd=folder))
        key = stat_key(found) if is_settled(found, read_at_ns) else None
        return Entry(SYMLINK, self._store.write("blob", target), key)

    def _read_file(self, folder: int, path: str, name: str) -> Entry:
        read_at_ns = time.time_ns()
        try:
            descriptor = os.open(name, _FILE_FLAGS, dir_fd=folder)
        except (PermissionError, FileNotFoundError):
            raise
        except OSError as err:
            raise ContentChanged from err
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise ContentChanged
            # Written to by its other name it would change without a word about this folder.
            self._found.linked |= found.st_nlink > 1
            if found.st_size > self._limits.max_file_bytes:
                raise _LeftOut(f"larger than {self._limits.max_file_bytes} bytes")
            object_id = self._store_content(descriptor, found.st_size)
            if stat_key(os.fstat(descriptor)) != stat_key(found):
                raise ContentChanged
        finally:
            os.close(descriptor)
        mode = EXECUTABLE if found.st_mode & stat.S_IXUSR else FILE
        return Entry(mode, object_id, stat_key(found) if is_settled(found, read_at_ns) else None)

    def _store_content(self, descriptor: int, size: int) -> str:
        self._new_bytes += size
        if self._new_bytes > self._limits.max_new_bytes:
            raise TreeTooLarge(f"The workspace holds more than {self._limits.max_new_bytes} bytes in new files")
        if size > _SMALL_BYTES:
            return self._store.write_file(descriptor, size)
        content = os.read(descriptor, size + 1)
        if len(content) != size:
            raise ContentChanged
        return self._store.write("blob", content)

    def _skip(self, skipped: Skipped) -> None:
        if len(self._found.skipped) < _MAX_SKIPPED:
            self._found.skipped.append(skipped)
