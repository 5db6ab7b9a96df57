"""One run's log as many browsers see it: one follower, the last events at hand, the rest read again on demand."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import Raw, follow, read
from mycoderai.gateway import packets, wire
from mycoderai.gateway.packets import Batch, Packet
from mycoderai.gateway.sources import Head, Part
from mycoderai.schemas.errors import MalformedMessage, MycoderError
from mycoderai.schemas.subjects import Log

KEPT_EVENTS = 500
KEPT_BYTES = 2 << 20
AT_ONCE = 50
"""Events of a flood that are taken before others have their turn."""
PART_BYTES = 128 << 10
PAGE = 100
PAGES = 8
"""That are remembered."""
READ_AT_ONCE = 4
AGAIN_AFTER_S = 1.0
log = structlog.get_logger()


class _Kept(NamedTuple):
    seq: int
    packet: Packet | None
    """None for a message that is no event: it has a place in the log and nothing to show."""

    @property
    def size(self) -> int:
        return len(self.packet.frame) if self.packet else 0


class RunLog(Head):
    """A Source; cursors are sequences of the run's event stream."""

    def __init__(self, nc: Client, run_log: Log, after: int) -> None:
        super().__init__(after)
        self._nc = nc
        self._log = run_log
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._turn = 0
        self._floor = after
        """Everything past this sequence is kept."""
        self._pages: dict[int, asyncio.Task[Part]] = {}
        """What was read again of late, by the cursor it follows: those who are behind are so together."""
        self._reading = asyncio.Semaphore(READ_AT_ONCE)

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._follow()
                except (MycoderError, nats.errors.Error) as err:
                    log.warning("gateway.follow_again", run=self._log.run, error=str(err))
                await asyncio.sleep(AGAIN_AFTER_S)
        finally:
            for page in self._pages.values():
                page.cancel()

    def at_hand(self, cursor: int) -> Part | None:
        if cursor < self._floor:
            return None
        return _first_part(cursor, self._newer(cursor))

    async def after(self, cursor: int) -> Part:
        await self.past(cursor)
        part = self.at_hand(cursor)
        if part is not None:
            return part
        return await asyncio.shield(self._page(cursor))

    async def _follow(self) -> None:
        async with contextlib.aclosing(follow(self._nc, self._log.shard, self._log.all, self.head)) as messages:  # type: ignore[type-var]
            async for raw in messages:
                self._keep(_kept(raw))
                self._turn += 1
                if self._turn % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _newer(self, cursor: int) -> list[_Kept]:
        newer = list(takewhile(lambda kept: kept.seq > cursor, reversed(self._kept)))
        return newer[::-1]

    def _keep(self, kept: _Kept) -> None:
        self._kept.append(kept)
        self._bytes += kept.size
        while len(self._kept) > KEPT_EVENTS or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
            oldest = self._kept.popleft()
            self._bytes -= oldest.size
            self._floor = oldest.seq
        self.move(kept.seq)

    def _page(self, cursor: int) -> asyncio.Task[Part]:
        if cursor not in self._pages:
            self._pages[cursor] = asyncio.create_task(self._read_again(cursor))
            for old in [past for past, page in self._pages.items() if page.done()][:-PAGES]:
                del self._pages[old]
        return self._pages[cursor]

    async def _read_again(self, cursor: int) -> Part:
        """For viewers that are behind what is kept."""
        while True:
            try:
                async with self._reading:
                    page = await read(self._nc, self._log.stream, self._log.all, cursor, PAGE)
            except (MycoderError, nats.errors.Error) as err:
                log.warning("gateway.read_again", run=self._log.run, error=str(err))
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            # An empty page: what is kept has not been stored past here, so nothing is missed.
            return _first_part(cursor, [_kept(raw) for raw in page]) if page else (self._floor, Batch([]))


def _kept(raw: Raw) -> _Kept:
    try:
        return _Kept(raw.seq, packets.event("event", wire.event(raw.parse())))
    except MalformedMessage:
        return _Kept(raw.seq, None)


def _first_part(cursor: int, events: Sequence[_Kept]) -> Part:
    """As many as one write should hold, at least one."""
    found: list[Packet] = []
    size = 0
    for kept in events:
        cursor, size = kept.seq, size + kept.size
        if kept.packet:
            found.append(kept.packet)
        if size >= PART_BYTES:
            break
    return cursor, Batch(found)
