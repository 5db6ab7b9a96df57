"""The connection to one browser, over WebSocket or long polling.

What is written goes out at once, in the order it was written. Who has much to say looks at `free` first, or waits for
it: then at most `websocket.HIGH_WATER` bytes, and what was written last, wait for a browser that does not read.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError, QueueEmpty

from mycoderai.gateway.packets import Batch, Packet
from mycoderai.gateway.websocket import Protocol, protocol_of

MOST_PACKETS = 64
"""That wait for a browser's next poll."""
MOST_AT_WORK = 16
"""Commands of one browser. It may send the next one when one of them has been answered."""
JOIN_WITHIN_S = 10.0
"""Time a browser has to show its token."""
POSTED_WITHIN_S = 20.0
"""Time for what it sends to arrive, where it sends by polling."""
_CLOSE, _PING, _NOOP = Packet(b"1"), Packet(b"2"), Packet(b"6")


class Line(AsyncSocket):  # type: ignore[misc]
    """In place of Engine.IO's own, which has a queue and a task between every packet and the socket."""

    closed: bool
    closing: bool

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.owner: Any = None
        """Who joined over it, once somebody has shown a token."""
        self.nonsense = 0
        """Messages that made no sense."""
        self.why = ""
        """Why we ended it."""
        self._protocol: Protocol | None = None
        self._polled = asyncio.Event()
        self._polling = False
        self._timer: asyncio.TimerHandle | None = None
        self._joining = asyncio.get_running_loop().call_later(JOIN_WITHIN_S, self.end, "nobody joined in time")
        self._unsent = 0
        self._at_work = asyncio.Semaphore(MOST_AT_WORK)

    # Writing

    def write(self, batch: Batch) -> None:
        if self.closed:
            return
        if self._protocol:
            self._protocol.write(batch.frames)
            return
        for packet in batch.packets:
            self.queue.put_nowait(packet)

    @property
    def free(self) -> bool:
        """Whether a part of much may be written now."""
        if self._protocol:
            return self._protocol.writable.is_set()
        return bool(self.queue.qsize() < MOST_PACKETS)

    @property
    def idle(self) -> bool:
        """Whether everything written has been taken by the system, or by the browser's last poll."""
        return self._protocol.waiting == 0 if self._protocol else self.queue.empty()

    async def freed(self) -> None:
        """Wait until it is free, or closed."""
        while not (self.free or self.closed):
            if self._protocol:
                await self._protocol.writable.wait()
            else:
                self._polled.clear()
                await self._polled.wait()

    async def send(self, pkt: Any) -> None:
        """What Socket.IO itself sends."""
        self.write(Batch([Packet(pkt.encode().encode())]))

    # Reading

    async def take(self, text: str) -> None:
        """A packet of the browser."""
        match text[:1]:
            case "4":
                await self.server.handlers["message"](self.sid, text[1:])
            case "3":
                self.schedule_ping()
            case "1":
                await self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
            case _:
                self.server.on_nonsense(self, "not a packet of Engine.IO")

    async def begin_work(self) -> None:
        """Wait for a place among the commands at work, and until the answers to earlier ones are on their way."""
        await self._at_work.acquire()
        await self.freed()

    def end_work(self) -> None:
        self._at_work.release()

    async def serve_websocket(self, environ: dict[str, Any]) -> None:
        """Returns when the connection is over."""
        receive, send = environ["asgi.receive"], environ["asgi.send"]
        await send({"type": "websocket.accept"})
        self._protocol = protocol_of(environ["asgi.scope"])
        self.connected = self.upgraded = True
        while not self.queue.empty():
            self._protocol.write(self.queue.get_nowait().frame)
        self.schedule_ping()
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if message.get("text"):
                    await self.take(message["text"])
                else:
                    self.server.on_nonsense(self, "binary messages are not understood")
        finally:
            await self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def poll(self) -> list[Packet]:
        """What there is for the browser, once there is something."""
        if self._polling:
            raise EngineIOError("there is a poll already")
        self._polling = True
        try:
            async with asyncio.timeout(self.server.ping_interval + self.server.ping_timeout):
                packets = [await self.queue.get()]
        except TimeoutError as err:
            raise QueueEmpty from err
        finally:
            self._polling = False
        while not self.queue.empty():
            packets.append(self.queue.get_nowait())
        self._polled.set()
        return packets

    async def handle_get_request(self, environ: dict[str, Any]) -> list[Packet]:
        if environ.get("HTTP_UPGRADE"):
            raise EngineIOError("polling stays polling")
        return await self.poll()

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= self.server.max_http_buffer_size:
            raise EngineIOError("the body is missing or too long")
        try:
            async with asyncio.timeout(POSTED_WITHIN_S):
                body = (await environ["wsgi.input"].read(length)).decode()
        except TimeoutError as err:
            raise EngineIOError("the body did not arrive in time") from err
        except UnicodeDecodeError as err:
            raise EngineIOError("the body is not text") from err
        for text in body.split("\x1e"):
            if self.why:
                return  # it has been ended; the rest would only keep others waiting
            await self.take(text)

    # Life

    def join(self, owner: object) -> None:
        self._joining.cancel()
        self.owner = owner

    def schedule_ping(self) -> None:
        """Ask later whether it still lives; called with each sign of life."""
        self._wake_after(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        self.write(Batch([_PING]))
        self._wait_for_pong()

    def _wait_for_pong(self) -> None:
        self._unsent = self._protocol.waiting if self._protocol else 0
        self._wake_after(self.server.ping_timeout, self._give_up)

    def _give_up(self) -> None:
        if self._protocol and self._protocol.waiting < self._unsent:
            self._wait_for_pong()  # it reads, slowly; our ping stands behind what it has not read yet
        else:
            self.end("it does not answer", self.server.reason.PING_TIMEOUT)

    def _wake_after(self, seconds: float, wake: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, wake)

    def end(self, why: str, reason: str = "") -> None:
        """Close it from our side, telling the browser if it reads."""
        self.why = why
        self.server.start_background_task(self.close, reason=reason or self.server.reason.SERVER_DISCONNECT)

    async def check_ping_timeout(self) -> bool:
        return not self.closed

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        if self.closed or self.closing:
            return
        self.closing = True
        self._joining.cancel()
        if self._timer:
            self._timer.cancel()
        await self.server.handlers["disconnect"](self.sid, reason or self.server.reason.SERVER_DISCONNECT)
        if not abort:
            self.write(Batch([_CLOSE]))
        self.closed = True
        self._polled.set()
        self.server.sockets.pop(self.sid, None)
        if self._protocol:
            await self._protocol.hang_up(self.why)
        elif abort:
            self.queue.put_nowait(_NOOP)  # ends a poll that waits
