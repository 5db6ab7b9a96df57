"""When a copy of the memory file is stored: every so many events, by one of the replicas, and when it stops."""

import asyncio
import random
from pathlib import Path

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.schemas.errors import MycoderError
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.file import FileDamaged
from mycoderai.workers.memory.snapshot import listed, problem_of, take

EVERY_EVENTS = 100_000
AT_STOP_EVENTS = 20_000
"""A log this long is read faster than a copy is stored."""
STOP_WITHIN_S = 4.0
SPREAD_S = 30.0
"""Replicas that come to the same place at the same time wait a part of this, so that one of them does it for all."""
RETRY_S = 300.0
log = structlog.get_logger()


class Snapshots:
    def __init__(self, nc: Client, path: Path, applied: Applied) -> None:
        self._nc = nc
        self._path = path
        self._applied = applied

    async def run(self) -> None:
        """Until cancelled. Raises FileDamaged."""
        covered = 0
        while True:
            await self._applied.total_reached(covered + EVERY_EVENTS)
            await asyncio.sleep(random.uniform(0, SPREAD_S))  # noqa: S311 - no secret
            try:
                covered = await self._take_if_behind(EVERY_EVENTS)
            except (MycoderError, nats.errors.Error, OSError, msgspec.DecodeError) as err:
                if isinstance(err, FileDamaged):
                    raise
                log.warning("memory.snapshot_failed", error=str(err), again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def at_stop(self) -> None:
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._take_if_behind(AT_STOP_EVENTS)
        except (MycoderError, nats.errors.Error, OSError, msgspec.DecodeError) as err:
            log.warning("memory.snapshot_failed", error=str(err))

    async def _take_if_behind(self, events: int) -> int:
        """About how far the newest copy reaches then."""
        covered = await self._covered() if self._applied.total >= events else 0
        if self._applied.total - covered < events:
            return covered
        await take(self._nc, self._path)
        return self._applied.total

    async def _covered(self) -> int:
        for snapshot in (await listed(self._nc)).snapshots:
            if not await problem_of(self._nc, snapshot):
                return snapshot.applied
        return 0
