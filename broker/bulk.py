"""A connection whose batches of replies are taken as they come in.

The client library makes a dictionary, a message and a wake-up of each reply, which takes longer than storing it. Here
a reader may take the replies of one subscription itself, straight from what the socket delivered; everything else goes
the library's way.
"""

import asyncio
import re
from collections.abc import Callable, Mapping

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.protocol.parser import AWAITING_CONTROL_LINE, CRLF_SIZE, Parser

Take = Callable[[bytes, bytes], None]
_VERSION = "NATS/1.0"
_WITH_HEADERS = re.compile(rb"HMSG \S+ (\d+) (?:\S+ )?(\d+) (\d+)\r\n")


class BulkClient(Client):
    def __init__(self) -> None:
        super().__init__()
        self._taking: dict[int, Take] = {}
        self._ps = BulkParser(self, self._taking)

    def take(self, subscription: Subscription, take: Take) -> None:
        """Call `take` with the block of headers (see `parse_headers`) and the payload of what is received on the
        subscription, instead of its own callback. It must not raise."""
        self._taking[subscription._id] = take

    def take_no_more(self, subscription: Subscription) -> None:
        self._taking.pop(subscription._id, None)

    async def _process_pong(self) -> None:
        # The library ends its read loop, for good, when nobody waits any more for the answer to a flush.
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        # The library reads them as the headers of a letter, with folded lines and the like.
        return parse_headers(headers) if headers else None

    async def _flush_pending(self, force_flush: bool = False) -> None:
        # One wake-up of the writer is enough for all that is pending by the time it runs.
        if force_flush or self._flush_queue is None or self._flush_queue.empty():
            await super()._flush_pending(force_flush)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        # One without headers, or one that the library had begun with before it was to be taken.
        take = self._taking.get(sid)
        if take is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(headers or b"", data)


class BulkParser(Parser):
    """The library's, but for messages with headers that somebody takes: those it hands over from the buffer."""

    def __init__(self, nc: Client, taking: Mapping[int, Take]) -> None:
        super().__init__(nc)
        self._taking = taking

    async def parse(self, data: bytes = b"") -> None:
        if self._taking and self.state == AWAITING_CONTROL_LINE:
            self.buf += data
            data = b""
            if self._take_whole():
                return
        await super().parse(data)

    def _take_whole(self) -> bool:
        """Take every message that is there in full. Whether the buffer then holds the beginning of one more."""
        buf, at, incomplete = self.buf, 0, False
        while line := _WITH_HEADERS.match(buf, at):
            take = self._taking.get(int(line[1]))
            begin = line.end()
            payload, end = begin + int(line[2]), begin + int(line[3])
            incomplete = take is not None and len(buf) < end + CRLF_SIZE
            if take is None or incomplete:
                break
            take(bytes(buf[begin:payload]), bytes(buf[payload:end]))
            at = end + CRLF_SIZE
        del buf[:at]
        return incomplete


def parse_headers(block: bytes) -> dict[str, str]:
    """The headers by name; what stands in the first line, `NATS/1.0 204 EOB`, as `Status`."""
    first, *lines = block.decode("utf-8", "replace").split("\r\n")
    headers = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if separator:
            headers[name] = value.strip()
    if status := first.removeprefix(_VERSION).strip()[:3]:
        headers["Status"] = status
    return headers
