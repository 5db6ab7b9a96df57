"""A connection whose messages may be taken as they come in.

The client library makes a dictionary, a message, a place in a queue and a wake-up of each, which takes longer than most
of what we do with one. Here the reader of a subscription may take its messages itself, straight from what the socket
delivered; answers to requests are always taken so. Everything else goes the library's way.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol.parser import AWAITING_CONTROL_LINE, CRLF_SIZE, MAX_CONTROL_LINE_SIZE, Parser

Take = Callable[[bytes, bytes, bytes, bytes], None]
"""Called with a message's subject, where to reply to, its block of headers (see `parse_headers`) and its payload."""
_VERSION = "NATS/1.0"
_MESSAGE = re.compile(rb"(?:HMSG (\S+) (\d+) (?:(\S+) )?(\d+) (\d+)|MSG (\S+) (\d+) (?:(\S+) )?(\d+))\r\n")


class Heard(Protocol):
    """What the library's messages and ours have in common."""

    @property
    def subject(self) -> str: ...
    @property
    def reply(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def headers(self) -> dict[str, str] | None: ...


class Taken:
    """A message whose headers are read when somebody asks for them."""

    __slots__ = ("_block", "_headers", "data", "reply", "subject")

    def __init__(self, subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
        self.subject = subject.decode()
        self.reply = reply.decode()
        self._block = block
        self._headers: dict[str, str] | None = None
        self.data = data

    @property
    def headers(self) -> dict[str, str] | None:
        if self._headers is None and self._block:
            self._headers = parse_headers(self._block)
        return self._headers


class BulkClient(Client):
    def __init__(self) -> None:
        super().__init__()
        self._taking: dict[int, Take] = {}
        self._ps = BulkParser(self, self._taking)
        self._answers = ""
        self._asked = 0
        self._waiting: dict[bytes, asyncio.Future[Msg]] = {}

    def take(self, subscription: Subscription, take: Take) -> None:
        """Call `take` with what is received on the subscription, instead of its own callback. It must not raise."""
        self._taking[subscription._id] = take

    async def connect(self, *args: Any, **options: Any) -> None:
        await super().connect(*args, **options)
        inbox = self.new_inbox()
        self.take(await self.subscribe(f"{inbox}.*", cb=_to_nobody), self._on_answer)
        self._answers = f"{inbox}."

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,  # noqa: ASYNC109  # the library's signature
        old_style: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Msg:
        """As the library's, but that a cancellation that arrives together with the answer is not lost."""
        if old_style:  # an answer whose subject is not where it was sent to, as that of a pull
            return await super().request(subject, payload, timeout, old_style=True)
        loop = asyncio.get_running_loop()
        self._asked += 1
        inbox = f"{self._answers}{self._asked}"
        answer: asyncio.Future[Msg] = loop.create_future()
        self._waiting[inbox.encode()] = answer
        try:
            await self.publish(subject, payload, reply=inbox, headers=headers)
            timer = loop.call_later(timeout, _give_up, answer)
            try:
                msg = await answer
            finally:
                timer.cancel()
        finally:
            del self._waiting[inbox.encode()]
        if msg.headers and msg.headers.get("Status") == "503":
            raise nats.errors.NoRespondersError
        return msg

    def _on_answer(self, subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
        answer = self._waiting.get(subject)
        if answer and not answer.done():
            headers = parse_headers(block) if block else None
            answer.set_result(Msg(self, subject.decode(), reply.decode(), data, headers))

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        self._taking.pop(sid, None)
        super()._remove_sub(sid, max_msgs)

    async def _select_next_server(self) -> None:
        # The library forgets the connection of a try to reconnect that failed after it was made.
        if self._transport:
            self._transport.close()  # type: ignore[no-untyped-call]
        await super()._select_next_server()

    async def _process_pong(self) -> None:
        # The library ends its read loop, for good, when nobody waits any more for the answer to a flush.
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        # The library reads them as the headers of a letter, with folded lines and the like.
        return parse_headers(headers) if headers else None

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        # The library writes it past what is pending, so that its answer, and with it the end of a flush or of a
        # subscription's drain, would say nothing about what was published or cancelled before.
        if self.is_connected and self._pending and self._transport:
            self._transport.writelines(self._pending)
            self._pending, self._pending_data_size = [], 0
        await super()._send_ping(future)

    async def _flush_pending(self, force_flush: bool = False) -> None:
        # One wake-up of the writer is enough for all that is pending by the time it runs.
        if force_flush or self._flush_queue is None or self._flush_queue.empty():
            await super()._flush_pending(force_flush)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        # One that the library had begun with, or that stood behind one nobody takes.
        take = self._taking.get(sid)
        if take is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(bytes(subject), bytes(reply or b""), headers or b"", data)


class BulkParser(Parser):
    """The library's, but for messages that somebody takes: those it hands over from the buffer."""

    def __init__(self, nc: Client, taking: Mapping[int, Take]) -> None:
        super().__init__(nc)
        self._taking = taking

    async def parse(self, data: bytes = b"") -> None:
        if self._taking and self.state == AWAITING_CONTROL_LINE:
            self.buf += data
            data = b""
            if self._take_whole():
                self._hears()
                return
        await super().parse(data)
        # What is no message, and longer than a line may be, nobody will ever understand.
        if self.state != AWAITING_CONTROL_LINE or len(self.buf) < MAX_CONTROL_LINE_SIZE:
            self._hears()

    def _hears(self) -> None:
        # Whoever sends lives. To the library only the answer to its pings counts, and that stands in line behind what
        # was asked for: on a slow link it would cut off, again and again, the very read that is under way.
        self.nc._pings_outstanding = 0

    def _take_whole(self) -> bool:
        """Take every message that is there in full. Whether the buffer then holds the beginning of one more."""
        buf, at, incomplete = self.buf, 0, False
        while line := _MESSAGE.match(buf, at):
            subject, sid, reply, headed, size, plain, plain_sid, plain_reply, plain_size = line.groups()
            take = self._taking.get(int(sid or plain_sid))
            begin = line.end()
            payload, end = begin + int(headed or 0), begin + int(size or plain_size)
            incomplete = take is not None and len(buf) < end + CRLF_SIZE
            if take is None or incomplete:
                break
            take(
                subject or plain,
                reply or plain_reply or b"",
                bytes(buf[begin:payload]),
                bytes(buf[payload:end]),
            )
            at = end + CRLF_SIZE
        del buf[:at]
        return incomplete


async def listen(nc: Client, subject: str, on_message: Callable[[Heard], None]) -> Subscription:
    """Subscribe, and have `on_message` called with each message the moment it is read. It must not raise."""

    def take(subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
        on_message(Taken(subject, reply, block, data))

    async def later(msg: Msg) -> None:
        on_message(msg)

    subscription = await nc.subscribe(subject, cb=later)
    if isinstance(nc, BulkClient):
        nc.take(subscription, take)
    return subscription


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


def _give_up(answer: asyncio.Future[Msg]) -> None:
    if not answer.done():
        answer.set_exception(nats.errors.TimeoutError())


async def _to_nobody(msg: Msg) -> None:
    """Needed by the library for a subscription; its messages are taken."""
