"""The bare repository that an executor keeps for a run: outside of every workspace, never shown to code under work."""

import asyncio
import os
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from mycoderai.broker.git import AUTHOR_EMAIL, AUTHOR_NAME, Git, GitError
from mycoderai.broker.repository import (
    BundleHeader,
    PackedHeader,
    index_objects,
    patch,
    read_bundle_header,
    read_packed_header,
    write_bundle_header,
)
from mycoderai.workers.executor.objects import ObjectStore
from mycoderai.workers.executor.packing import LoosePacks
from mycoderai.workers.executor.run_marker import read_marker, restore_repository, set_aside_damaged
from mycoderai.workers.executor.tree import Entry, WorkspaceError

_MAX_DIFF_BYTES = 1024 * 1024
_LISTINGS = 4
"""Listings kept: what the sessions of a run share is where it began."""
_Result = TypeVar("_Result")


class RunRepositoryError(WorkspaceError):
    """The folder belongs to another run, or a commit that is needed is not there."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """All that is below a commit or tree."""

    entries: dict[str, Entry]
    objects: frozenset[str]
    """Ids, of the folders too."""

    @classmethod
    def of(cls, items: Iterable[str]) -> "_Listing":
        entries: dict[str, Entry] = {}
        objects: set[str] = set()
        for item in items:
            facts, _, path = item.partition("\t")
            mode, kind, object_id = facts.split(" ")
            objects.add(object_id)
            if kind != "tree":
                entries[path] = Entry(mode.encode(), object_id)
        return cls(entries, frozenset(objects))


@dataclass(frozen=True, slots=True)
class Merged:
    """The tree of a merge. Files in `conflicts` hold conflict markers; there are none when it is clean."""

    tree: str
    conflicts: tuple[str, ...]


class RunRepository:
    """Objects of one run. Safe to use from many tasks, and by many executors on one host, at once."""

    def __init__(self, path: Path, run: str, header: PackedHeader) -> None:
        self.path = path
        self.run = run
        self.header = header
        self.git = Git(git_dir=path)
        self.store = ObjectStore(path / "objects", header.object_format)
        self._packs = LoosePacks(path / "objects", header.object_format)
        self._listings: OrderedDict[str, _Listing] = OrderedDict()

    @classmethod
    async def open(cls, path: Path, packed_file: Path, *, run: str = "") -> "RunRepository":
        """Restore the repository from its artifact, or take the one that is at `path` already.

        It appears at `path` complete or not at all. `run` names the ref in bundles; by default the folder's name.

        Raises:
            PackedFileError: the artifact is damaged.
            RunRepositoryError: the folder holds another run's repository.
        """
        run = run or path.name.removesuffix(".git")
        header, _ = await asyncio.to_thread(read_packed_header, packed_file)
        await set_aside_damaged(path)
        if not path.exists():
            await restore_repository(path, packed_file, run)
        marker = await asyncio.to_thread(read_marker, path)
        if marker is None or marker.header != header or marker.run != run:
            raise RunRepositoryError(f"{path} is there already and does not belong to run {run}")
        return cls(path, run, header)

    async def has(self, commit: str) -> bool:
        """Whether the commit (or other object) is here, and its tree with it."""
        if commit in (self.header.commit, self.header.tree, *self._listings):
            return True
        return (await self.git.run("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}", ok=(0, 1, 128))).code == 0

    async def tree_of(self, commit: str) -> str:
        """The tree of a commit; a tree's id is given back."""
        if commit in (self.header.commit, self.header.tree):
            return self.header.tree
        try:
            return (await self.git.run("rev-parse", "--verify", f"{commit}^{{tree}}")).line
        except GitError as err:
            raise RunRepositoryError(f"commit {commit} is not in the repository of run {self.run}") from err

    async def entries(self, tree: str) -> Mapping[str, Entry]:
        """Files, links and submodules of a commit or tree, by path. Not to be changed: others hold it too."""
        return (await self._listed(tree)).entries

    async def _listed(self, tree: str) -> _Listing:
        tree = self.header.tree if tree == self.header.commit else tree
        if known := self._listings.get(tree):
            self._listings.move_to_end(tree)
            return known
        listing = await self.git.run("ls-tree", "-r", "-t", "-z", "--full-tree", tree)
        found = _Listing.of(listing.items)
        self.store.know(found.objects)
        self._listings[tree] = found
        if len(self._listings) > _LISTINGS:
            self._listings.popitem(last=False)
        return found

    async def text(self, tree: str, path: str) -> str | None:
        """A file of a commit or tree, at most 1 MiB of it; None where there is none, or it is no plain file."""
        listing = await self.git.run("ls-tree", "-z", "--full-tree", tree, "--", f":(literal){path}")
        facts = listing.items[0].partition("\t")[0].split(" ") if listing.items else []
        if not facts or facts[1] != "blob":
            return None
        blob = await self.git.run("cat-file", "blob", facts[2], max_bytes=1 << 20)
        return blob.stdout.decode(errors="replace")

    async def commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        trailers: Mapping[str, str] | None = None,
        *,
        at_s: int,
    ) -> str:
        """Record a tree as a commit by the fleet at `at_s` (seconds since 1970). Same arguments, same id."""
        who = f"{AUTHOR_NAME} <{AUTHOR_EMAIL}> {at_s} +0000"
        head = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        text = "\n".join(head) + "\n\n" + _message(message, trailers or {})
        content = text.encode("utf-8", "replace")
        return await asyncio.to_thread(self.store.write, "commit", content)

    async def changed_paths(self, base: str, tree: str) -> list[str]:
        """Paths that differ between two commits or trees, sorted; a rename is two paths."""
        return (await self.git.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", base, tree)).items

    async def diff(self, base: str, tree: str, *, max_bytes: int = _MAX_DIFF_BYTES) -> str:
        """The difference as a patch, cut after `max_bytes` with a line that says so."""
        return await patch(self.git, base, tree, max_bytes)

    async def merge(self, ours: str, theirs: str) -> Merged:
        """Merge two commits without a working tree; committing the result is the caller's.

        Files, attributes and configuration have no say in it, so no merge driver runs.
        """
        merged = await self.git.run(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories"),
            *(ours, theirs),
            ok=(0, 1),
        )
        tree, *conflicts = merged.items
        return Merged(tree, tuple(dict.fromkeys(conflicts)))

    async def bundle(self, commit: str, exclude: str | None = None) -> Path:
        """Write what `commit` adds to `exclude` as a bundle, with the ref `refs/mycoder/<run>`, and return the file.

        The file is the caller's: it is not written again and not removed here.
        """
        folder = self.path / "bundles"
        folder.mkdir(exist_ok=True)
        out = folder / f"{commit}-{secrets.token_hex(4)}.bundle"
        header = BundleHeader(
            refs={f"refs/mycoder/{self.run}": commit},
            needs=(exclude,) if exclude else (),
            object_format=self.header.object_format,
        )
        if exclude:
            known = await self._objects(exclude)
            if await asyncio.to_thread(self._write_loose, out, header, commit, known):
                return out
        revisions = f"{commit}\n^{exclude}\n" if exclude else f"{commit}\n"
        with await asyncio.to_thread(out.open, "wb") as file:
            write_bundle_header(file, header)
            await self.git.run(
                *("pack-objects", "--revs", "--thin", "--stdout", "--quiet", "--delta-base-offset"),
                stdin=revisions.encode(),
                stdout=file,
            )
        return out

    def _write_loose(self, out: Path, header: BundleHeader, commit: str, known: frozenset[str]) -> bool:
        """The short way for nearly every checkpoint; False when the bundle has to be git's."""
        pack = self._packs.pack(commit, known)
        if pack is None:
            return False
        with out.open("wb") as file:
            write_bundle_header(file, header)
            file.write(pack)
        return True

    async def _objects(self, commit: str) -> frozenset[str]:
        """A commit and all that its tree consists of."""
        tree = await self.tree_of(commit)
        return (await self._listed(tree)).objects | {commit, tree}

    async def absorb(self, bundle: Path) -> list[str]:
        """Add the objects of a bundle and return the commits it brought. May be repeated.

        Raises:
            PackedFileError: damaged, or not a bundle.
            RunRepositoryError: a commit that the bundle builds upon is not here.
        """
        header, offset = await asyncio.to_thread(read_bundle_header, bundle)
        for needed in header.needs:
            if not await self.has(needed):
                raise RunRepositoryError(f"{bundle.name} builds upon commit {needed}, which is not here")
        await index_objects(self.git, bundle, offset)
        return list(header.refs.values())

    async def read_blobs(self, ids: Iterable[str], consume: Callable[[BinaryIO], _Result]) -> _Result:
        """Let `consume` read the objects from a pipe, in the format of `git cat-file --batch`, in a thread."""
        names = await asyncio.to_thread(_spool, "".join(f"{object_id}\n" for object_id in ids))
        read_end, write_end = os.pipe()
        reader = os.fdopen(read_end, "rb")
        sending = asyncio.create_task(self._send(names, os.fdopen(write_end, "wb")))
        consuming = asyncio.ensure_future(asyncio.to_thread(consume, reader))
        try:
            return await asyncio.shield(consuming)
        except asyncio.CancelledError:
            sending.cancel()  # the thread can't be stopped, but it finds the end of the pipe
            raise
        finally:
            await asyncio.wait([consuming])
            reader.close()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, names: BinaryIO, pipe: BinaryIO) -> None:
        with names, pipe:
            await self.git.run("cat-file", "--batch", "--buffer", stdin=names, stdout=pipe)


def _spool(text: str) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever reads it
    file.write(text.encode())
    file.seek(0)
    return file


def _message(message: str, trailers: Mapping[str, str]) -> str:
    body = message.replace("\0", "").strip() or "No message"
    lines = [f"{name}: {' '.join(value.split())}" for name, value in trailers.items()]
    return "\n\n".join([body, "\n".join(lines)]) + "\n" if lines else body + "\n"
