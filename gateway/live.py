"""What the steps of a run do right now: lossy, and in small parts put together, so that nobody gets more than 30 a
second of a step."""

import asyncio
import contextlib
from collections import deque
from typing import Any, NamedTuple

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.broker.bulk import Heard, listen
from mycoderai.gateway import packets
from mycoderai.gateway.packets import Batch, Packet
from mycoderai.gateway.sources import Head, Part
from mycoderai.schemas.subjects import live
from mycoderai.schemas.web.sockets import LiveText

TICK_S = 1 / 30
KEPT_BYTES = 128 << 10
"""For those who don't read just now."""
MOST_CHARS = 16_000
"""Of one step and kind between two ticks."""


class Gathered:
    """What one kind of text of a step came to since the last tick."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._chars = 0
        self.dropped = False

    def add(self, text: str) -> None:
        self._parts.append(text)
        self._chars += len(text)
        if self._chars > MOST_CHARS:
            self._parts = ["".join(self._parts)[-MOST_CHARS:]]
            self._chars, self.dropped = MOST_CHARS, True

    @property
    def text(self) -> str:
        return "".join(self._parts)


class _Told(NamedTuple):
    number: int
    text: LiveText
    packet: Packet

    def after_a_gap(self) -> Packet:
        return packets.event("live", msgspec.structs.replace(self.text, dropped=True))


class Live(Head):
    """A lossy Source; a cursor counts the packets."""

    def __init__(self, nc: Client, run: str) -> None:
        super().__init__()
        self._nc = nc
        self._run = run
        self._gathered: dict[str, dict[str, Gathered]] = {}
        """By step and kind."""
        self._heard = asyncio.Event()
        self._kept: deque[_Told] = deque()
        self._bytes = 0
        self._floor = 0
        """What is past it is kept."""

    async def run(self) -> None:
        subscription = await listen(self._nc, live(self._run, "*", "*"), self._on_message)
        try:
            while True:
                await self._heard.wait()
                self._publish()
                await asyncio.sleep(TICK_S)
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    def at_hand(self, cursor: int) -> Part:
        newer = [told for told in self._kept if told.number > cursor]
        if cursor >= self._floor:
            return self.head, Batch(told.packet for told in newer)
        first = {(told.text.step, told.text.kind): told.number for told in reversed(newer)}.values()
        return self.head, Batch(told.after_a_gap() if told.number in first else told.packet for told in newer)

    async def after(self, cursor: int) -> Part:
        await self.past(cursor)
        return self.at_hand(cursor)

    def _on_message(self, msg: Heard) -> None:
        _, _, step, kind = msg.subject.split(".")
        text = _text_of(msg.data)
        if text:
            self._gathered.setdefault(step, {}).setdefault(kind, Gathered()).add(text)
            self._heard.set()

    def _publish(self) -> None:
        """One kind of each step; what is left waits for the next tick."""
        for step, kinds in list(self._gathered.items()):
            kind = next(iter(kinds))
            gathered = kinds.pop(kind)
            if not kinds:
                del self._gathered[step]
            self._keep(LiveText(run=self._run, step=step, kind=kind, text=gathered.text, dropped=gathered.dropped))
        if not self._gathered:
            self._heard.clear()

    def _keep(self, text: LiveText) -> None:
        told = _Told(self.head + 1, text, packets.event("live", text))
        self._kept.append(told)
        self._bytes += len(told.packet.frame)
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            oldest = self._kept.popleft()
            self._floor = oldest.number
            self._bytes -= len(oldest.packet.frame)
        self.move(told.number)


def _text_of(data: bytes) -> str:
    """What a message says in its `text`; one without says itself."""
    try:
        said: Any = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return ""
    if isinstance(said, dict) and isinstance(said.get("text"), str):
        text: str = said["text"]
        return text
    return data.decode(errors="replace")
