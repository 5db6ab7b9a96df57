"""What a command prints while it runs, for those who watch: lossy, at most ten messages a second of a call."""

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.broker.tasks import end
from mycoderai.schemas.live import Said
from mycoderai.schemas.subjects import live
from mycoderai.workers.executor.sandbox.supervise import OnOutput

EVERY_S = 0.1
MOST_BYTES = 16 << 10
"""Of one message. A command that prints more is shown by the end of what it printed."""


class _Printing:
    def __init__(self, nc: Client, subject: str, call: str) -> None:
        self._nc = nc
        self._subject = subject
        self._call = call
        self._printed = bytearray()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._sending: asyncio.Task[None] | None = None

    def tell(self, chunk: bytes) -> None:
        self._printed += chunk
        del self._printed[:-MOST_BYTES]
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_soon())

    async def end(self) -> None:
        """Say the rest."""
        if self._sending:
            await end([self._sending])
        await self._send()

    async def _send_soon(self) -> None:
        while self._printed:
            await asyncio.sleep(EVERY_S)
            await self._send()

    async def _send(self) -> None:
        text = self._decode(bytes(self._printed))
        self._printed.clear()
        if text:
            with contextlib.suppress(nats.errors.Error):
                await self._nc.publish(self._subject, msgspec.json.encode(Said(call=self._call, text=text)))


@contextlib.asynccontextmanager
async def printing(nc: Client, run: str, step: str, call: str) -> AsyncIterator[OnOutput]:
    """Takes what a call prints, as long as it works."""
    told = _Printing(nc, live(run, step, "output"), call)
    try:
        yield told.tell
    finally:
        await told.end()
