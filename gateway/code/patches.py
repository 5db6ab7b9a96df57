"""Patches between two trees, in the bytes the files have."""

import asyncio
import os
from collections.abc import Sequence
from itertools import islice

import msgspec

from mycoderai.gateway.code.bounded import BoundedGit
from mycoderai.gateway.code.changes import COMPARE, complete, parsed, raw_changes
from mycoderai.gateway.code.paths import shown
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.code import FilePatch, Patches

WHOLE_BYTES = 20 << 20


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
    listed = await git.run(*COMPARE, "-z", "--raw", old, new, *below, literal=True)
    wrote = await git.run(*(*COMPARE, "-p", f"-U{context}", old, new, *below), max_bytes=WHOLE_BYTES, literal=True)
    complete(listed.truncated)
    return await asyncio.to_thread(_put_together, listed.stdout, wrote.stdout, wrote.truncated, file_bytes)


def _put_together(listed: bytes, wrote: bytes, truncated: bool, file_bytes: int) -> Written:
    """Sections carry no plain names, so they are told apart by their order, which is the list's."""
    entries, sections = parsed(listed), _sections(wrote)
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
