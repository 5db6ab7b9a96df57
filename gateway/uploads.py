"""A repository on its way in: streamed to a file, checked, packed, stored."""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from nats.aio.client import Client

from mycoderai.broker.arriving import first_commit, repack
from mycoderai.broker.artifacts import put_file
from mycoderai.broker.checkout import RepositoryError
from mycoderai.broker.packing import PackedRepository
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.submitting import own_roles
from mycoderai.schemas.execution import Repository
from mycoderai.schemas.web.runs import Uploaded

MOST_BYTES = 512 << 20
AT_ONCE = 2
LINE_S = 30.0
"""The longest anybody waits for a turn."""
_WRITTEN_AT_ONCE = 1 << 20


class Uploads:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._room = asyncio.Semaphore(AT_ONCE)

    async def take(self, parts: AsyncIterable[bytes], ref: str) -> Uploaded:
        """Raises Problem 400 for what is no usable bundle, 413 for one that is too large, 503 when it is never our
        turn."""
        async with self._turn():
            with tempfile.TemporaryDirectory(prefix="mycoder-upload-", ignore_cleanup_errors=True) as folder:
                bundle = Path(folder) / "bundle"
                with await asyncio.to_thread(bundle.open, "wb") as file:
                    await _write(parts, file)
                try:
                    return await self._keep(bundle, ref, Path(folder))
                except RepositoryError as err:
                    raise Problem(400, "bad_bundle", err.message, err.fix) from err

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(LINE_S):
                await self._room.acquire()
        except TimeoutError:
            raise Problem(503, "busy", "others upload repositories just now", "try again in a moment") from None
        try:
            yield
        finally:
            self._room.release()

    async def _keep(self, bundle: Path, ref: str, folder: Path) -> Uploaded:
        packed, taken = await repack(bundle, ref, folder)
        project = await first_commit(folder)
        repository = await stored(self._nc, packed)
        return Uploaded(
            repository=repository,
            project=project,
            roles=own_roles(packed.roles),
            notes=tuple(packed.notes),
            ref=taken,
            bytes=packed.size,
        )


async def stored(nc: Client, packed: PackedRepository) -> Repository:
    artifact = await put_file(nc, packed.file, wait_for_room=False)
    return Repository(artifact=artifact, commit=packed.commit, base_commit=packed.base_commit or packed.commit)


async def _write(parts: AsyncIterable[bytes], file: BinaryIO) -> None:
    size, waiting = 0, bytearray()
    async for part in parts:
        size += len(part)
        if size > MOST_BYTES:
            raise Problem(413, "too_large", f"the bundle has more than {MOST_BYTES >> 20} MiB", "leave history out")
        waiting += part
        if len(waiting) >= _WRITTEN_AT_ONCE:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))
