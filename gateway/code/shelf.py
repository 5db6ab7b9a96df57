"""One run's place in the cache: its repository and the bundles that were added to it."""

import asyncio
import os
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.packed import open_at, read_bundle_header
from mycoderai.broker.repository import unpack
from mycoderai.gateway.code.bounded import BoundedGit, Slots
from mycoderai.gateway.code.once import Once
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.errors import MycoderError, TransientError
from mycoderai.schemas.execution import ArtifactRef
from mycoderai.schemas.ids import new_id

MOST_ARTIFACT_BYTES = 1 << 30
UNPACKED_WITHIN_S = 120.0
FEW_OBJECTS = 100
"""A pack of fewer is unpacked, as git itself does it: checkpoints hold much the same, and a pack each would pile up."""


class Shelf:
    def __init__(self, nc: Client, folder: Path, slots: Slots) -> None:
        self._nc = nc
        self._slots = slots
        self._once = Once()
        self.folder = folder
        self.git = BoundedGit(folder / "repository", slots)
        self.users = 0
        self.bytes = 0
        self._measured = True

    @property
    def is_there(self) -> bool:
        return self.folder.exists()

    async def give(self, repository: ArtifactRef) -> None:
        """Make the repository, once."""
        await self._once.do("repository", lambda: self._make(repository))

    async def add(self, bundle: ArtifactRef) -> None:
        """Add a checkpoint's objects, once."""
        await self._once.do(bundle.name, lambda: self._absorb(bundle))

    async def measure(self) -> None:
        """Bring `bytes` up to date."""
        if not self._measured:
            self._measured = True
            self.bytes = await asyncio.to_thread(_bytes_below, self.folder)

    async def _make(self, repository: ArtifactRef) -> None:
        packed = await self._fetch(repository)
        try:
            part = self.folder / f"{new_id()}.part"
            async with self._slots.taken(UNPACKED_WITHIN_S):
                await unpack(packed, part)
            part.rename(self.folder / "repository")
        finally:
            packed.unlink(missing_ok=True)

    async def _absorb(self, bundle: ArtifactRef) -> None:
        file = await self._fetch(bundle)
        try:
            _, offset = await asyncio.to_thread(read_bundle_header, file)
            with await asyncio.to_thread(open_at, file, offset) as pack:
                few = int.from_bytes(os.pread(pack.fileno(), 4, offset + 8)) < FEW_OBJECTS
                command = ("unpack-objects", "-q") if few else ("index-pack", "--stdin", "--fix-thin")
                await self.git.run(*command, stdin=pack)
        finally:
            file.unlink(missing_ok=True)

    async def _fetch(self, ref: ArtifactRef) -> Path:
        if ref.size > MOST_ARTIFACT_BYTES:
            raise Problem(413, "too_large", f"the stored code has {ref.size:,} bytes; it is not shown here")
        self._measured = False
        path = self.folder / new_id()
        try:
            await get_file(self._nc, ref, path)
        except TransientError:
            raise
        except MycoderError as err:
            raise Problem(404, "not_stored", f"the code is not stored any more: {err.message}") from err
        return path


def _bytes_below(folder: Path) -> int:
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found += os.lstat(os.path.join(place, name)).st_blocks * 512
            except FileNotFoundError:
                continue  # git renames what it has written
    return found
