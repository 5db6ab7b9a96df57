"""What a model is saying, for those who watch: lossy, at most twenty messages a second for a call."""

import asyncio
import contextlib

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.schemas.chat import ModelRequest
from mycoderai.schemas.live import Said
from mycoderai.schemas.subjects import live

EVERY_S = 0.05


class Deltas:
    def __init__(self, nc: Client, request: ModelRequest) -> None:
        self._nc = nc
        self._subject = live(request.run, request.step, "delta")
        self._call = request.call
        self._text: list[str] = []
        self._sending: asyncio.Task[None] | None = None

    def tell(self, text: str) -> None:
        self._text.append(text)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_soon())

    async def _send_soon(self) -> None:
        while self._text:
            await asyncio.sleep(EVERY_S)
            text, self._text = "".join(self._text), []
            with contextlib.suppress(nats.errors.Error):
                await self._nc.publish(self._subject, msgspec.json.encode(Said(call=self._call, text=text)))
