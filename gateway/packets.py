"""Packets of Engine.IO, encoded once for everybody they go to.

Messages to browsers are not compressed, so the WebSocket frame of a packet is the same for all.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

_EVENT = b'42["%s",%s]'
_ACK = b"43%d[%s]"


class Packet:
    """One packet of text."""

    __slots__ = ("_begin", "frame")

    def __init__(self, text: bytes) -> None:
        head = _head(len(text))
        self._begin = len(head)
        self.frame = head + text

    def encode(self, b64: bool = False) -> str:
        """As Engine.IO asks for it, to answer a long poll."""
        return self.frame[self._begin :].decode()


class Batch:
    """Packets that follow each other."""

    __slots__ = ("frames", "packets")

    def __init__(self, packets: Iterable[Packet]) -> None:
        self.packets = list(packets)
        self.frames = b"".join(packet.frame for packet in self.packets)


def event(name: str, payload: object) -> Packet:
    """An event of Socket.IO on the default namespace."""
    return Packet(_EVENT % (name.encode(), msgspec.json.encode(payload)))


def ack(number: int, reply: dict[str, Any]) -> Packet:
    return Packet(_ACK % (number, msgspec.json.encode(reply)))


def _head(size: int) -> bytes:
    """Of an unmasked text frame (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")
