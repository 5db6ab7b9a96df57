"""What is asked of memory again and again while somebody watches: whenever the log says that something happened."""

import asyncio
import contextlib
from abc import ABC, abstractmethod

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.bulk import Heard, listen
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.sources import Head
from mycoderai.schemas.errors import MycoderError

EVERY_S = 0.25
"""Memory is asked at most this often."""
ANYWAY_AFTER_S = 10.0
"""The copies of events are lossy, so it is asked now and then without any."""
log = structlog.get_logger()


class OfMemory(Head, ABC):
    """The common part of such sources."""

    def __init__(self, nc: Client, memory: Memory) -> None:
        super().__init__()
        self._nc = nc
        self._memory = memory
        self._asking = asyncio.Lock()
        self._hint = asyncio.Event()
        self._hinted: tuple[int, int] = (0, 0)
        """Shard and sequence of the last event heard of."""

    async def run(self) -> None:
        subscription = await listen(self._nc, "log.>", self._on_event)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ANYWAY_AFTER_S):
                        await self._hint.wait()
                self._hint.clear()
                try:
                    await self.ask()
                except (MycoderError, nats.errors.Error) as err:
                    log.warning("gateway.memory_silent", error=str(err))
                    self._hint.set()
                await asyncio.sleep(EVERY_S)
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def ask(self) -> None:
        async with self._asking:  # an older answer must not overwrite a newer one
            await self._ask(*self._hinted)

    @abstractmethod
    async def _ask(self, shard: int, min_seq: int) -> None:
        """Ask memory, and move the head if the answer is another one."""

    def _on_event(self, msg: Heard) -> None:
        headers = msg.headers or {}
        self._hinted = int(msg.subject.split(".", 2)[1]), int(headers.get("Nats-Sequence", 0))
        self._hint.set()
