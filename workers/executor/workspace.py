"""The files of one step: made from a commit, watched by snapshots, put back to any of them, and removed at the end.

There is no git directory in a workspace. The repository of the run is elsewhere, and neither snapshot nor restore runs
git on the files.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from mycoderai.workers.executor import restore as writing
from mycoderai.workers.executor.objects import GITLINK
from mycoderai.workers.executor.run_repository import RunRepository, RunRepositoryError
from mycoderai.workers.executor.tree import (
    Entry,
    Skipped,
    Tracked,
    TreeChanging,
    TreeLimits,
    TreeTooLarge,
    Walked,
    WorkspaceError,
    opened_folder,
)
from mycoderai.workers.executor.walk import Walk
from mycoderai.workers.executor.watching import WatchedFolders

__all__ = [
    "RunRepository",
    "RunRepositoryError",
    "Skipped",
    "TreeChanging",
    "TreeLimits",
    "TreeTooLarge",
    "Workspace",
    "WorkspaceError",
]

_CLOCK_TICK_S = 0.02


class Workspace:
    """A folder of files without `.git`, and what is known about it."""

    def __init__(
        self,
        repository: RunRepository,
        path: Path,
        limits: TreeLimits | None = None,
        watched: WatchedFolders | None = None,
    ) -> None:
        self.repository = repository
        self.path = path
        self.skipped: tuple[Skipped, ...] = ()
        """What the last snapshot left out although no ignore rule says so."""
        self._limits = limits
        self._watched = watched
        self._tracked = Tracked.of({})
        self._last = Walked()
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    async def create(
        cls,
        repository: RunRepository,
        path: Path,
        commit: str,
        *,
        owner: tuple[int, int] | None = None,
        limits: TreeLimits | None = None,
        watched: WatchedFolders | None = None,
    ) -> "Workspace":
        """Make the folder `path`, which must not exist, with the files of a commit or tree.

        `owner` is the (uid, gid) that everything in it belongs to, now and after `restore`. With
        `watched` a snapshot looks at the folders that were written to, most of the time.

        Raises:
            FileExistsError: `path` is there already.
            UnsafeTree: the commit holds names that must not be written to disk.
        """
        entries = await repository.entries(commit)
        writing.nested(entries)
        await asyncio.to_thread(_make_root, path, owner)
        self = cls(repository, path, limits, watched)
        try:
            self._last.entries = await self._write(list(entries), entries, settled=True)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, path)
            raise
        self._tracked = Tracked.of(entries)
        # From here on a change of any file must show in its times.
        await asyncio.sleep(_CLOCK_TICK_S)
        return self

    @classmethod
    async def attach(
        cls, repository: RunRepository, path: Path, commit: str, *, limits: TreeLimits | None = None
    ) -> "Workspace":
        """Take over a folder that is there, whose last commit is known. The next snapshot reads every file."""
        self = cls(repository, path, limits)
        self._tracked = Tracked.of(await repository.entries(commit))
        return self

    async def snapshot(self, *, full: bool = False) -> str:
        """Store the files as they are now and return the id of their tree.

        Left out: what .gitignore files ignore and Python's caches, unless the last commit has it; nested `.git`;
        what is not a file, link or folder. `full` reads every file again: times alone do not show a write through
        shared memory, so evidence about untrusted code needs it.

        Raises:
            TreeTooLarge: over the limits.
            TreeChanging: something is still writing.
        """
        async with self._one_at_a_time:
            previous = Walked() if full else self._last
            walk = Walk(self.repository.store, self._tracked, previous, self._limits, self._watched)
            self._last = await asyncio.to_thread(walk.run, self.path)
            self.skipped = tuple(self._last.skipped)
            return self._last.tree

    async def commit(
        self,
        tree: str,
        parent: str | Sequence[str] | None,
        message: str,
        trailers: Mapping[str, str] | None = None,
        *,
        at_s: int,
    ) -> str:
        """Record a tree as a commit and count its paths as tracked from now on. See `RunRepository.commit`."""
        parents = [parent] if isinstance(parent, str) else parent or []
        commit = await self.repository.commit(tree, parents, message, trailers, at_s=at_s)
        if tree == self._last.tree:
            self._tracked = Tracked(self._last.entries, frozenset(self._last.folders))
        else:
            self._tracked = Tracked.of(await self.repository.entries(tree))
        return commit

    async def restore(self, tree: str, *, full: bool = False) -> None:
        """Make the files equal to a commit or tree, exactly: whatever else is there is removed, ignored or not.

        `full` compares contents rather than times with the last snapshot; see `snapshot`.

        Raises:
            UnsafeTree: see `create`; nothing has been changed.
            OSError: code that still runs got in the way every time.
        """
        async with self._one_at_a_time:
            entries = await self.repository.entries(tree)
            wanted = writing.nested(entries)
            if full:
                walk = Walk(self.repository.store, Tracked.of(entries), Walked(), self._limits)
                self._last = await asyncio.to_thread(walk.run, self.path)
            kept = await asyncio.to_thread(self._prune, wanted)
            unchanged = {path: self._last.entries[path] for path in kept}
            missing = [path for path in entries if path not in unchanged]
            written = await self._write(missing, entries, settled=False)
            self._last = Walked(entries=unchanged | written)
            self._tracked = Tracked.of(entries)

    async def changed_paths(self, base: str, tree: str) -> list[str]:
        """Paths that differ between two commits or trees, sorted; a rename is two paths."""
        return await self.repository.changed_paths(base, tree)

    async def diff(self, base: str, tree: str) -> str:
        """The difference as a patch, cut at 1 MiB with a line that says so."""
        return await self.repository.diff(base, tree)

    def _prune(self, wanted: writing.Node) -> list[str]:
        with opened_folder(self.path) as root:
            return writing.prune(root, wanted, self._last.entries)

    async def _write(self, paths: list[str], entries: Mapping[str, Entry], *, settled: bool) -> dict[str, Entry]:
        jobs = [(path, entries[path]) for path in paths]

        def consume(blobs: BinaryIO) -> dict[str, Entry]:
            with opened_folder(self.path) as root:
                return writing.write(root, jobs, blobs, settled=settled)

        if not jobs:
            return {}
        ids = [entry.object_id for _, entry in jobs if entry.mode != GITLINK]
        return await self.repository.read_blobs(ids, consume)


def _make_root(path: Path, owner: tuple[int, int] | None) -> None:
    path.mkdir(mode=0o700, parents=True)
    if owner:
        os.chown(path, *owner)
