"""Directories and files of a tree, looked up in git's objects: nothing is checked out and no link is followed."""

import asyncio
import os
import tempfile
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from mycoderai.gateway.code.bounded import TEXT_BYTES, BoundedGit
from mycoderai.gateway.code.changes import KINDS, Raw, raw_changes, sizes_of
from mycoderai.gateway.code.paths import checked, raw, shown
from mycoderai.gateway.code.ranges import Range
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.code import FileEntry, FileKind, FileStatus

MOST_ENTRIES = 20_000
MOST_BLOB_BYTES = 256 << 20


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a tree."""

    path: bytes
    kind: FileKind
    mode: str
    id: str
    size: int = 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a file."""

    data: bytes
    total: int


async def find(git: BoundedGit, treeish: str, path: str) -> Found:
    """Raises Problem 404 when there is nothing of that path, 400 when it can't be a path."""
    checked(path)
    for name in dict.fromkeys((path.encode(), raw(path))):
        listed = await git.run("ls-tree", "-z", "-l", "--full-tree", treeish, "--", f":(literal){os.fsdecode(name)}")
        found = [entry for entry in _entries(listed.stdout) if entry.path == name]
        if found:
            return found[0]
    raise Problem(404, "unknown_path", f"there is no {path[:200]!r} at this checkpoint")


async def directory(git: BoundedGit, treeish: str, base: str, path: str) -> tuple[list[FileEntry], bool]:
    """What is in a directory, directories first, and whether there is more than is listed."""
    here = await _children(git, treeish, path)
    if here is None:
        raise Problem(400, "no_directory", f"{path[:200]!r} is no directory")
    there = {entry.path: entry for entry in await _children(git, base, path, missing_ok=True) or []}
    here.sort(key=lambda entry: (entry.kind != "directory", entry.path))
    return [_entry(entry, path, there.get(entry.path)) for entry in here[:MOST_ENTRIES]], len(here) > MOST_ENTRIES


async def changed_paths(git: BoundedGit, treeish: str, base: str, path: str) -> tuple[list[FileEntry], bool]:
    """All paths below a directory that differ from the base; what is gone has no mode any more."""
    below = os.fsdecode(raw(checked(path))) if path else ""
    changes = await raw_changes(git, base, treeish, below)
    sizes = await sizes_of(git, {c.id for c in changes if c.status != "D" and not c.mode.startswith("160")})
    return [_changed(change, sizes) for change in changes[:MOST_ENTRIES]], len(changes) > MOST_ENTRIES


async def content(git: BoundedGit, found: Found, wanted: Range | None) -> Part:
    """The bytes of a file, all or a part of them. Raises Problem for what has none, or too many to show."""
    if found.kind in ("directory", "submodule"):
        what = "a directory" if found.kind == "directory" else "a submodule: its code is not a part of the run's"
        raise Problem(400, "no_file", f"{shown(found.path)[:200]!r} is {what}")
    first, end = wanted.of(found.size) if wanted else (0, found.size)
    if end - first > TEXT_BYTES or found.size > MOST_BLOB_BYTES:
        fix = f"ask for at most {TEXT_BYTES:,} bytes of it with a Range header"
        raise Problem(413, "too_large", f"the file has {found.size:,} bytes", fix)
    if found.size <= TEXT_BYTES:
        blob = await git.run("cat-file", "blob", found.id, max_bytes=TEXT_BYTES)
        return Part(data=blob.stdout[first:end], total=found.size)
    return Part(data=await _part(git, found.id, first, end), total=found.size)


async def head(git: BoundedGit, found: Found) -> bytes:
    """The beginning of a file, enough to tell text from anything else."""
    return (await git.run("cat-file", "blob", found.id, max_bytes=8_000)).stdout


def is_text(beginning: bytes) -> bool:
    """As git sees it."""
    return b"\0" not in beginning[:8_000]


async def _part(git: BoundedGit, object_id: str, first: int, end: int) -> bytes:
    # git unpacks a file from its beginning; a temporary one keeps it out of memory.
    with tempfile.TemporaryFile(dir=git.git_dir) as file:
        await git.run("cat-file", "blob", object_id, stdout=file)
        return await asyncio.to_thread(os.pread, file.fileno(), end - first, first)


async def _children(git: BoundedGit, treeish: str, path: str, *, missing_ok: bool = False) -> list[Found] | None:
    """Of a directory; None for what is none."""
    if path:
        try:
            found = await find(git, treeish, path)
        except Problem as problem:
            if missing_ok and problem.status == 404:
                return None
            raise
        if found.kind != "directory":
            return None
        treeish = found.id
    listed = await git.run("ls-tree", "-z", "-l", "--full-tree", treeish)
    return await asyncio.to_thread(_entries, listed.stdout)


def _entries(listed: bytes) -> list[Found]:
    return [_found(item) for item in listed.split(b"\0") if item]


def _found(item: bytes) -> Found:
    facts, _, path = item.partition(b"\t")
    mode, _, object_id, size = facts.decode().split()
    return Found(path=path, kind=KINDS[mode[:3]], mode=mode, id=object_id, size=int(size) if size.isdecimal() else 0)


def _entry(found: Found, parent: str, before: Found | None) -> FileEntry:
    name = shown(found.path)
    return FileEntry(
        name=name,
        path=f"{parent}/{name}" if parent else name,
        kind=found.kind,
        size=found.size,
        mode=found.mode,
        changed=_difference(found, before),
    )


def _difference(found: Found, before: Found | None) -> FileStatus | Literal[""]:
    if before is None:
        return "A"
    if before.kind != found.kind:
        return "T"
    return "" if (before.id, before.mode) == (found.id, found.mode) else "M"


def _changed(change: Raw, sizes: dict[str, int]) -> FileEntry:
    gone = change.status == "D"
    mode = change.old_mode if gone else change.mode
    path = shown(change.path)
    return FileEntry(
        name=PurePosixPath(path).name,
        path=path,
        kind=KINDS[mode[:3]],
        size=sizes.get(change.id, 0),
        mode="" if gone else mode,
        changed=change.status,
    )
