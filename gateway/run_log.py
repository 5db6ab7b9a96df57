"""One run's log as many browsers see it: one follower, the last events at hand, the rest read again on demand."""

import asyncio
import contextlib
from collections import deque
from typing import Any, NamedTuple

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import Raw, follow, read
from mycoderai.gateway import wire
from mycoderai.gateway.sources import Payloads
from mycoderai.schemas.errors import MalformedMessage, MycoderError
from mycoderai.schemas.subjects import Log

KEPT_EVENTS = 500
KEPT_BYTES = 2 << 20
PAGE = 100
AGAIN_AFTER_S = 1.0
log = structlog.get_logger()


class _Kept(NamedTuple):
    seq: int
    size: int
    payload: dict[str, Any] | None
    """None for a message that is no event: it has a place in the log and nothing to show."""


class RunLog:
    """A Source; cursors are sequences of the run's event stream."""

    def __init__(self, nc: Client, run_log: Log, after: int) -> None:
        self._nc = nc
        self._log = run_log
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._floor = after
        """Everything past this sequence is kept."""
        self._head = after
        self._moved = asyncio.Event()

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except (MycoderError, nats.errors.Error) as err:
                log.warning("gateway.follow_again", run=self._log.run, error=str(err))
            await asyncio.sleep(AGAIN_AFTER_S)

    async def after(self, cursor: int) -> tuple[int, Payloads]:
        while cursor >= self._head:
            moved = self._moved
            await moved.wait()
        if cursor < self._floor:
            return await self._read_again(cursor)
        newer = [kept for kept in self._kept if kept.seq > cursor]
        return newer[-1].seq, [kept.payload for kept in newer if kept.payload]

    async def _follow(self) -> None:
        async with contextlib.aclosing(follow(self._nc, self._log.shard, self._log.all, self._head)) as messages:  # type: ignore[type-var]
            async for raw in messages:
                self._keep(_Kept(raw.seq, len(raw.data), _payload(raw)))

    def _keep(self, kept: _Kept) -> None:
        self._kept.append(kept)
        self._bytes += kept.size
        self._head = kept.seq
        while len(self._kept) > KEPT_EVENTS or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
            oldest = self._kept.popleft()
            self._bytes -= oldest.size
            self._floor = oldest.seq
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _read_again(self, cursor: int) -> tuple[int, Payloads]:
        """For a viewer that is behind what is kept."""
        while True:
            try:
                page = await read(self._nc, self._log.stream, self._log.all, cursor, PAGE)
            except (MycoderError, nats.errors.Error) as err:
                log.warning("gateway.read_again", run=self._log.run, error=str(err))
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            # An empty page: what is kept has not been stored past here, so nothing is missed.
            reached = page[-1].seq if page else self._floor
            return reached, [payload for raw in page if (payload := _payload(raw))]


def _payload(raw: Raw) -> dict[str, Any] | None:
    try:
        return wire.event(raw.parse())
    except MalformedMessage:
        return None
