"""One WebSocket, as a line writes to it: frames go to the transport at once, past the application's queue."""

from typing import Any

from starlette.types import Scope
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

HIGH_WATER = 64 << 10
_EXTENSION = "mycoderai.line"
_GOING_AWAY = 1001


class Protocol(WSProtocol):
    """Hands itself to the application, which writes frames to it."""

    def handle_connect(self, event: Any) -> None:
        self.transport.set_write_buffer_limits(HIGH_WATER, 0)
        super().handle_connect(event)
        extensions: Any = self.scope["extensions"]
        extensions[_EXTENSION] = self

    def write(self, frames: bytes) -> None:
        if not (self.close_sent or self.transport.is_closing()):
            self.transport.write(frames)

    @property
    def waiting(self) -> int:
        """Bytes the system has not taken yet."""
        return self.transport.get_write_buffer_size()

    async def hang_up(self, why: str) -> None:
        """Close it, telling the browser if it reads."""
        if self.transport.is_closing():
            return
        if self.writable.is_set():
            await self.send({"type": "websocket.close", "code": _GOING_AWAY, "reason": why})
        else:
            self.transport.abort()


def protocol_of(scope: Scope) -> Protocol:
    """Of an accepted connection."""
    found: Protocol = scope["extensions"][_EXTENSION]
    return found
