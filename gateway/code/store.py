"""A cache of bare repositories: for each run the one it was given, with the checkpoints somebody looked at.

It lies in a folder of this process and may be removed at any time; what is missing is fetched again. A folder that a
gateway left behind when it was killed is removed by the next one, which finds that nobody holds its lock.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.git import GitError
from mycoderai.broker.packed import PackedFileError
from mycoderai.gateway.code.bounded import BoundedGit, Slots
from mycoderai.gateway.code.merging import merge_parts
from mycoderai.gateway.code.point import Point
from mycoderai.gateway.code.points import Points
from mycoderai.gateway.code.shelf import Shelf
from mycoderai.gateway.problem import Problem

MOST_BYTES = 2 << 30
"""Of the whole cache; what somebody looks at stays, whatever its size."""
_LOCK = "lock"


class RunCode:
    """A run's code while somebody looks at it."""

    def __init__(self, shelf: Shelf, points: Points) -> None:
        self._shelf = shelf
        self.points = points

    @property
    def git(self) -> BoundedGit:
        return self._shelf.git

    async def at(self, name: str) -> Point:
        """The point a query names, with its code at hand. Raises Problem."""
        point = self.points.find(name)
        await self.have(point)
        return point

    async def have(self, point: Point) -> None:
        """Fetch what is missing of a point. Raises Problem when it can't be had."""
        if point.commit == self.points.base.commit:
            return
        if point.bundle:
            await self._shelf.add(point.bundle)
            return
        for bundle in self.points.holders(point):
            await self._shelf.add(bundle)
            if await self._holds(point):
                return
        if not await self._holds(point):
            await self._merge(point)

    async def _holds(self, point: Point) -> bool:
        return (await self.git.run("cat-file", "-e", f"{point.treeish}^{{tree}}", ok=(0, 1, 128))).code == 0

    async def _merge(self, point: Point) -> None:
        """Merge again what a step began with that has recorded nothing yet."""
        parts = self.points.parts_of(point.step)
        for part in parts:
            if part.bundle:
                await self._shelf.add(part.bundle)
        if not parts or await merge_parts(self.git, [part.commit for part in parts]) != point.tree:
            raise Problem(404, "not_stored", f"the code of {point.name} is not stored", "look at a later checkpoint")


class CodeStore:
    """`parent` is where the cache's folder is made, when it is first needed."""

    def __init__(self, nc: Client, parent: Path, *, most_bytes: int = MOST_BYTES, slots: Slots | None = None) -> None:
        self._nc = nc
        self._parent = parent
        self._most_bytes = most_bytes
        self._slots = slots or Slots()
        self._shelves: OrderedDict[str, Shelf] = OrderedDict()
        self._root: Path | None = None
        self._making = asyncio.Lock()

    @asynccontextmanager
    async def opened(self, run: str, points: Points) -> AsyncIterator[RunCode]:
        """The run's code. What goes wrong inside with git or the disk becomes a Problem."""
        given = points.given
        try:
            async with self._used(run) as shelf:
                await shelf.give(given)
                yield RunCode(shelf, points)
        except (GitError, PackedFileError, FileNotFoundError) as err:
            said = f"the code could not be read: {err}"
            raise Problem(503, "code_unavailable", said[:500], "try again in a moment") from err
        except OSError as err:
            raise Problem(503, "no_room", f"the code could not be stored here: {err.strerror}") from err

    @asynccontextmanager
    async def _used(self, run: str) -> AsyncIterator[Shelf]:
        shelf = await self._take(run)
        try:
            yield shelf
        except (GitError, PackedFileError, FileNotFoundError):
            # The cache was removed under us, or an artifact is not what it should be: the next one begins anew.
            if self._shelves.get(run) is shelf:
                del self._shelves[run]
            raise
        finally:
            shelf.users -= 1
            await self._tidy(shelf)

    async def _take(self, run: str) -> Shelf:
        async with self._making:
            shelf = self._shelves.get(run)
            if shelf is None or not shelf.is_there:
                folder = await asyncio.to_thread(tempfile.mkdtemp, prefix=f"{run}-", dir=await self._folder())
                shelf = self._shelves[run] = Shelf(self._nc, Path(folder), self._slots)
            shelf.users += 1
            self._shelves.move_to_end(run)
            return shelf

    async def _folder(self) -> Path:
        if self._root is None or not self._root.exists():
            root, lock = await asyncio.to_thread(_locked_folder, self._parent)
            weakref.finalize(self, _remove, root, lock)
            self._root = root
        return self._root

    async def _tidy(self, used: Shelf) -> None:
        """Make room, beginning with what nobody has looked at for longest."""
        if used not in self._shelves.values():
            if not used.users:
                await asyncio.to_thread(shutil.rmtree, used.folder, ignore_errors=True)
            return
        await used.measure()
        left = sum(shelf.bytes for shelf in self._shelves.values())
        for run, shelf in list(self._shelves.items()):
            if left <= self._most_bytes:
                return
            if not shelf.users and shelf is not used:
                del self._shelves[run]
                left -= shelf.bytes
                await asyncio.to_thread(shutil.rmtree, shelf.folder, ignore_errors=True)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A folder of our own, with the lock that says so."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_left_behind(parent)
    root = Path(tempfile.mkdtemp(prefix="code-", dir=parent))
    lock = os.open(root / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return root, lock


def _remove_left_behind(parent: Path) -> None:
    for lock_file in parent.glob(f"code-*/{_LOCK}"):
        with suppress(OSError):
            lock = os.open(lock_file, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock_file.parent, ignore_errors=True)
            finally:
                os.close(lock)


def _remove(root: Path, lock: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    os.close(lock)
