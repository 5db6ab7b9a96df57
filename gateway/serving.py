"""The HTTP server: uvicorn, held to what a gateway can bear: slow clients, long headers, too many connections."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from mycoderai.gateway.engine import MOST_BYTES_IN
from mycoderai.gateway.guard import HEAD_BYTES, head_too_large
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.websocket import Protocol

HEAD_S = 15.0
"""Time for them, and for what is still under way of a body when it has been answered."""
UNREAD_S = 30.0
"""Time to take some of an answer, again and again until all of it is taken."""
OTHER_CONNECTIONS = 1_000
"""Beside those of connected browsers: pages, API calls, and who is about to connect."""
CLOSE_WITHIN_S = 2
_LINGER_S = 1.0


class Connection(H11Protocol):
    """Says why before it closes."""

    most = OTHER_CONNECTIONS
    _waiting: asyncio.TimerHandle | None = None
    _refused = False
    _upgraded = False
    _reading: asyncio.TimerHandle | None = None
    _unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # writing pauses as long as anything is unread
        self._wait_for_head()
        if len(self.connections) > self.most:
            self._refuse(Problem(503, "too_many_connections", "this gateway has no room for more connections"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        at_work = self.cycle is not None and not self.cycle.response_complete
        if at_work or self._upgraded:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait_for_head()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._upgraded = True  # the line has timers of its own
        self._stop_watching()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        self._stop_watching()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        status = getattr(sys.exception(), "error_status_hint", 400)
        if status == 431:
            self._refuse(head_too_large())
        else:
            self._refuse(Problem(400, "bad_request", "that is no HTTP request"))

    def _wait_for_head(self) -> None:
        self._waiting = self.loop.call_later(HEAD_S, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None

    def _head_is_late(self) -> None:
        if self.cycle is not None or not self.conn.trailing_data[0]:
            self.transport.close()
        else:
            self._refuse(Problem(408, "too_slow", f"the request did not arrive within {HEAD_S:.0f} s"))

    def _watch_reading(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(UNREAD_S, self._look_at_reading)

    def _look_at_reading(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread:
            self._watch_reading()
        else:
            self.transport.abort()  # to close it would wait for what is unread

    def _stop_watching(self) -> None:
        if self._reading:
            self._reading.cancel()
            self._reading = None

    def _refuse(self, problem: Problem) -> None:
        """Answer, and leave the answer time to arrive before what the client is still sending is cut off."""
        self._refused = True
        body = json.dumps({"error": problem.fields}).encode()
        head = (
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._stop_waiting()
        self._waiting = self.loop.call_later(_LINGER_S, self.transport.close)


class Server(uvicorn.Server):
    """Signals are ours: the end of a gateway is a success."""

    def leave(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: ASGIApp, browsers: int) -> Server:
    """browsers: how many may be connected."""
    config = uvicorn.Config(
        app,
        http=type("_Connection", (Connection,), {"most": browsers + OTHER_CONNECTIONS}),
        h11_max_incomplete_event_size=HEAD_BYTES,
        ws=Protocol,
        ws_max_size=MOST_BYTES_IN,
        ws_ping_interval=None,  # Socket.IO has its own
        ws_per_message_deflate=False,  # a frame is encoded once for all who get it
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=CLOSE_WITHIN_S,
    )
    return Server(config)
