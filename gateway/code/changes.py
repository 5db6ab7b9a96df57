"""Which files differ between two trees."""

import asyncio
from collections.abc import Iterator

import msgspec

from mycoderai.gateway.code.bounded import TEXT_BYTES, BoundedGit
from mycoderai.gateway.code.paths import shown
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.code import FileChange, FileKind, FileStatus

MOST_FILES = 20_000
COMPARE = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", "--find-renames", "-l2000", "--no-abbrev")
KINDS: dict[str, FileKind] = {"100": "file", "120": "symlink", "160": "submodule", "040": "directory"}
"""By the first digits of a mode."""


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
    listed = await git.run(*COMPARE, "-z", "--raw", old, new, *paths, literal=True)
    complete(listed.truncated)
    return await asyncio.to_thread(parsed, listed.stdout)


async def changed_files(git: BoundedGit, old: str, new: str) -> list[FileChange]:
    listed = await git.run(*COMPARE, "-z", "--raw", "--numstat", old, new)
    complete(listed.truncated)
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


def parsed(listed: bytes) -> list[Raw]:
    return list(_entries(iter(listed.split(b"\0"))))


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
        old_kind=KINDS.get(entry.old_mode[:3], ""),
        kind=KINDS.get(entry.mode[:3], ""),
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


def complete(truncated: bool) -> None:
    if truncated:
        raise Problem(413, "too_large", "the list of changed files is too long", "look at a directory's files")
