"""What differs between two trees: the list of files, and their patches."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from mycoderai.gateway.code.bounded import TEXT_BYTES, BoundedGit
from mycoderai.gateway.code.paths import shown
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.code import FileChange, FileKind, FilePatch, FileStatus, Patches

MOST_FILES = 20_000
FILE_BYTES = 2 << 20
WHOLE_BYTES = 20 << 20
_COMPARE = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", "--find-renames", "-l2000", "--no-abbrev")
_KINDS: dict[str, FileKind] = {"100": "file", "120": "symlink", "160": "submodule", "040": "directory"}


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of git's list; paths as git has them."""

    old_mode: str
    mode: str
    old_id: str
    id: str
    status: FileStatus
    path: bytes
    old_path: bytes = b""

    @property
    def sections(self) -> int:
        """Parts of a patch that are about it: another type is a deletion and an addition."""
        return 2 if self.status == "T" else 1


async def raw_changes(git: BoundedGit, old: str, new: str, below: str = "") -> list[Raw]:
    """Ordered as git orders patches."""
    paths = ("--", below) if below else ()
    listed = await git.run(*_COMPARE, "-z", "--raw", old, new, *paths, literal=True)
    _complete(listed.truncated)
    return await asyncio.to_thread(lambda: list(_entries(iter(listed.stdout.split(b"\0")))))


async def changed_files(git: BoundedGit, old: str, new: str) -> list[FileChange]:
    listed = await git.run(*_COMPARE, "-z", "--raw", "--numstat", old, new)
    _complete(listed.truncated)
    fields = iter(listed.stdout.split(b"\0"))
    entries, counts = await asyncio.to_thread(_both, fields)
    sizes = await sizes_of(git, {i for e in entries for i in (e.old_id, e.id) if _is_blob(i, e)})
    return [_change(entry, count, sizes) for entry, count in zip(entries, counts, strict=True)]


async def sizes_of(git: BoundedGit, ids: set[str]) -> dict[str, int]:
    """Sizes of objects; those that are not there are left out."""
    if not ids:
        return {}
    asked = "".join(f"{object_id}\n" for object_id in ids).encode()
    told = await git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked)
    pairs = (line.split(" ") for line in told.stdout.decode().splitlines())
    return {object_id: int(size) for object_id, size in pairs if size.isdecimal()}


class Patched(msgspec.Struct, frozen=True, kw_only=True):
    """A file's patch, in the bytes the file has."""

    path: str
    data: bytes
    cut: bool = False


class Written(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[Patched, ...]
    more: bool = False
    """The whole was too much: patches are missing at the end."""

    @property
    def is_cut(self) -> bool:
        return self.more or any(file.cut for file in self.files)

    @property
    def whole(self) -> bytes:
        return b"".join(file.data for file in self.files)

    @property
    def as_text(self) -> Patches:
        texts = (FilePatch(path=f.path, patch=f.data.decode(errors="replace"), cut=f.cut) for f in self.files)
        return Patches(files=tuple(texts), more=self.more)


async def one_patch(git: BoundedGit, old: str, new: str, path: str, context: int) -> Written:
    """The whole patch of one file. Raises Problem 404 when it did not change."""
    entry = next((entry for entry in await raw_changes(git, old, new) if shown(entry.path) == path), None)
    if entry is None:
        raise Problem(404, "unchanged", f"{path[:200]!r} does not differ between these checkpoints")
    # Both names of a renamed file, or git takes it for a new one.
    names = [os.fsdecode(name) for name in (entry.old_path, entry.path) if name]
    found = await _patches(git, old, new, context, WHOLE_BYTES, names)
    return msgspec.structs.replace(found, files=tuple(file for file in found.files if file.path == path))


async def all_patches(git: BoundedGit, old: str, new: str, context: int, file_bytes: int) -> Written:
    return await _patches(git, old, new, context, file_bytes, ())


async def _patches(git: BoundedGit, old: str, new: str, context: int, file_bytes: int, names: Sequence[str]) -> Written:
    below = ("--", *names) if names else ()
    listed = await git.run(*_COMPARE, "-z", "--raw", old, new, *below, literal=True)
    wrote = await git.run(*(*_COMPARE, "-p", f"-U{context}", old, new, *below), max_bytes=WHOLE_BYTES, literal=True)
    _complete(listed.truncated)
    return await asyncio.to_thread(_put_together, listed.stdout, wrote.stdout, wrote.truncated, file_bytes)


def _put_together(listed: bytes, wrote: bytes, truncated: bool, file_bytes: int) -> Written:
    """Sections carry no plain names, so they are told apart by their order, which is the list's."""
    entries, sections = list(_entries(iter(listed.split(b"\0")))), _sections(wrote)
    if truncated and sections:
        sections.pop()  # it may not be whole
    rest, files = iter(sections), list[Patched]()
    for entry in entries:
        own = list(islice(rest, entry.sections))
        if len(own) < entry.sections:
            return Written(files=tuple(files), more=True)
        files.append(_patched(shown(entry.path), b"".join(own), file_bytes))
    return Written(files=tuple(files))


def _sections(patch: bytes) -> list[bytes]:
    """Lines of a file begin with a sign or a space, and names with line feeds are quoted: only headers match."""
    first, *others = patch.split(b"\ndiff --git ")
    closed = [section + b"\n" for section in (first, *(b"diff --git " + other for other in others))]
    closed[-1] = closed[-1][:-1]
    return closed if patch else []


def _patched(path: str, patch: bytes, most: int) -> Patched:
    cut = len(patch) > most
    if cut:
        patch = patch[: patch.rfind(b"\n", 0, most) + 1]
    return Patched(path=path, data=patch, cut=cut)


def _entries(fields: Iterator[bytes]) -> Iterator[Raw]:
    for facts in fields:
        if not facts.startswith(b":"):
            return
        old_mode, mode, old_id, new_id, status = facts[1:].decode().split(" ")
        path, old_path = next(fields), b""
        if status[0] == "R":
            old_path, path = path, next(fields)
        yield Raw(
            old_mode=old_mode,
            mode=mode,
            old_id=old_id,
            id=new_id,
            status=msgspec.convert(status[0], FileStatus),
            path=path,
            old_path=old_path,
        )


def _both(fields: Iterator[bytes]) -> tuple[list[Raw], list[tuple[str, str]]]:
    """The list, and after it added and deleted lines in the same order."""
    entries: list[Raw] = []
    counts: list[tuple[str, str]] = []
    everything = list(fields)
    place = 0
    while place < len(everything) and everything[place].startswith(b":"):
        place += 3 if everything[place].decode().rpartition(" ")[2].startswith("R") else 2
    entries = list(_entries(iter(everything[:place])))
    rest = iter(everything[place:])
    for field in rest:
        if field:
            added, deleted, path = field.decode(errors="replace").split("\t", 2)
            counts.append((added, deleted))
            if not path:
                next(rest), next(rest)  # both names of a renamed file
    return entries, counts


def _change(entry: Raw, count: tuple[str, str], sizes: dict[str, int]) -> FileChange:
    binary = count[0] == "-"
    old_size, new_size = sizes.get(entry.old_id, 0), sizes.get(entry.id, 0)
    return FileChange(
        path=shown(entry.path),
        old_path=shown(entry.old_path),
        status=entry.status,
        old_kind=_KINDS.get(entry.old_mode[:3], ""),
        kind=_KINDS.get(entry.mode[:3], ""),
        additions=0 if binary else int(count[0]),
        deletions=0 if binary else int(count[1]),
        binary=binary,
        old_size=old_size,
        new_size=new_size,
        too_large=max(old_size, new_size) > TEXT_BYTES,
    )


def _is_blob(object_id: str, entry: Raw) -> bool:
    mode = entry.mode if object_id == entry.id else entry.old_mode
    return bool(object_id.strip("0")) and not mode.startswith("160")


def _complete(truncated: bool) -> None:
    if truncated:
        raise Problem(413, "too_large", "the list of changed files is too long", "look at a directory's files")
