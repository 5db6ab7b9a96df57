"""The fleet as those who watch it see it: asked for while somebody does, and sent whole when it has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
import structlog
from msgspec.structs import replace

from mycoderai.gateway import packets, wire
from mycoderai.gateway.packets import Batch
from mycoderai.gateway.sources import Head, Part
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.web.fleet import Fleet

EVERY_S = 1.0
Look = Callable[[], Awaitable[Fleet]]
log = structlog.get_logger()


class FleetRoom(Head):
    """A Source; a cursor counts the changes."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._seen: Fleet | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._look_again()
            except (MycoderError, nats.errors.Error) as err:
                log.warning("gateway.fleet_silent", error=str(err))

    async def snapshot(self) -> tuple[int, dict[str, Any]]:
        await self._look_again()
        return self.head, wire.plain(self._seen)

    def at_hand(self, cursor: int) -> Part:
        return self.head, Batch([packets.event("fleet", wire.plain(self._seen))])

    async def after(self, cursor: int) -> Part:
        await self.past(cursor)
        return self.at_hand(cursor)

    async def _look_again(self) -> None:
        seen = await self._look()
        if self._seen is None or replace(seen, at=self._seen.at) != self._seen:
            self._seen = seen
            self.move(self.head + 1)
