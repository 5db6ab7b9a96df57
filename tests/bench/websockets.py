"""Many Socket.IO clients in one process, cheap enough to share a machine with the server they load: plain sockets, and
of most frames only the length is read.

    python websockets.py URL COUNT [SUBSCRIBE]

URL: where to connect. COUNT: clients. SUBSCRIBE: JSON of what each asks to `subscribe` to, and nothing if it asks for
nothing. A line on stdout says `{"connected": …}`; then each line on stdin, a
number, asks to wait until every client has got so many events in all, which a line on stdout tells: when, and the
latencies of a sample.
"""

import base64
import json
import os
import resource
import select
import socket
import sys
import time
from datetime import datetime
from urllib.parse import urlsplit

SAMPLE = 20
"""One client of so many looks into its events."""
MASK = b"\0\0\0\0"


class Client:
    def __init__(self, url: str, subscribe: str, looks: bool) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 80), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.events = 0
        self.looks = looks
        self.latencies: list[float] = []
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise ConnectionError(head.decode(errors="replace"))
        self._text(b"0")
        self.say("40")
        self._text(b"40")
        if subscribe:
            self.say(f'420["subscribe",{subscribe}]')
            answer = self._text(b"430")
            if b'"ok":true' not in answer:
                raise ConnectionError(answer.decode())
        self.socket.setblocking(False)

    def say(self, text: str) -> None:
        data = text.encode()
        size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.socket.sendall(b"\x81" + size + MASK + data)

    def read(self) -> None:
        try:
            self.buffer += self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        now = time.time()
        for text in self._texts():
            if text[:3] == b"42[":
                self.events += 1
                if self.looks:
                    self.latencies.append(now - _stored(text))
            elif text == b"2":
                self.say("3")

    def _text(self, begin: bytes) -> bytes:
        while True:
            for text in self._texts():
                if text.startswith(begin):
                    return text
                if text[:2] == b"44":
                    raise ConnectionError(text.decode())
            self._receive()

    def _receive(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    def _texts(self) -> list[bytes]:
        texts, at, buffer = [], 0, self.buffer
        while len(buffer) >= at + 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if len(buffer) < begin + size:
                break
            texts.append(buffer[begin : begin + size])
            at = begin + size
        self.buffer = buffer[at:]
        return texts


def _stored(text: bytes) -> float:
    """When the event was stored, as it says itself."""
    begin = text.find(b'"time":"') + 8
    moment = text[begin : text.index(b'"', begin)].decode()
    return datetime.fromisoformat(moment[:26].rstrip("Z") + "+00:00").timestamp()


def main() -> int:
    url, count, subscribe = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    poll = select.epoll()
    clients: dict[int, Client] = {}
    for number in range(count):
        client = Client(url, subscribe, looks=bool(subscribe) and number % SAMPLE == 0)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    _tell({"connected": count})
    wanted: int | None = None
    while True:
        for fd, _ in poll.poll():
            if fd in clients:
                clients[fd].read()
                continue
            line = sys.stdin.readline()
            if not line:
                return 0
            wanted = int(line)
        if wanted is not None and all(client.events >= wanted for client in clients.values()):
            latencies = [latency for client in clients.values() for latency in client.latencies]
            _tell({"at": time.time(), "events": max(c.events for c in clients.values()), "latencies": latencies})
            wanted = None
            for client in clients.values():
                client.latencies.clear()


def _tell(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    sys.exit(main())
