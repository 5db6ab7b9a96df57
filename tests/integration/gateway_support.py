"""A gateway process, and the smallest Socket.IO client that can look closely at what it sends."""

import asyncio
import contextlib
import http.client
import itertools
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from mycoderai.gateway.fleet_plan import settings_as_variables
from mycoderai.gateway.sign_in import sign_in_link
from mycoderai.schemas.settings import Settings

Test = Callable[..., Awaitable[None]]


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Gateway:
    def __init__(self, process: asyncio.subprocess.Process, url: str, token: str) -> None:
        self.process = process
        self.url = url
        self.token = token

    async def get(
        self, path: str, *, token: bool = True, method: str = "GET", body: str | None = None, **headers: str
    ) -> Reply:
        if token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return await asyncio.to_thread(request, method, self.url, path, headers, body.encode() if body else None)

    async def send(self, method: str, path: str, body: object, **headers: str) -> Reply:
        """With a JSON body, as the page sends it."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Origin": self.url}
        payload = json.dumps(body).encode()
        return await asyncio.to_thread(request, method, self.url, path, sent | headers, payload)

    @property
    def rss_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    async def stop(self) -> int:
        self.process.terminate()
        async with asyncio.timeout(WITHIN_S):
            return await self.process.wait()


def request(method: str, url: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=WITHIN_S)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
    finally:
        connection.close()


def sign_in(data: Path, url: str) -> str:
    """The token a browser gets that opens a sign-in link."""
    link = urlsplit(sign_in_link(data))  # of another gateway, when that one came first
    welcome = request("GET", url, f"{link.path}?{link.query}", {})
    assert welcome.status == 303, welcome
    return welcome.headers["set-cookie"].partition(";")[0].partition("=")[2]


@asynccontextmanager
async def gateway(settings: Settings, port: int | None = 0, *arguments: str) -> AsyncIterator[Gateway]:
    """Started as the supervisor starts it, and waited for as it waits. Its token is that of a signed-in owner."""
    ready, told = os.pipe()
    data = Path(settings.data_dir)
    ours = {"MYCODER_READY_FD": str(told), "MYCODER_PORT_FILE": str(data / "port")}
    ours["XDG_CONFIG_HOME"] = str(data / "config")  # what is changed over HTTP must not be the tester's own
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mycoderai.gateway.app", *(("--port", str(port)) if port is not None else ()), *arguments),
        env=os.environ | settings_as_variables(settings) | ours,
        pass_fds=(told,),
        cwd=data,
    )
    os.close(told)
    try:
        async with asyncio.timeout(WITHIN_S):
            word = await asyncio.to_thread(os.read, ready, 6)
        assert word == b"ready\n"
        url = (data / "port").read_text().strip()
        yield Gateway(process, url, await asyncio.to_thread(sign_in, data, url))
    finally:
        os.close(ready)
        if process.returncode is None:
            process.terminate()
            await process.wait()


class Shared(NamedTuple):
    """What the tests of a module share."""

    fleet: RunningFleet
    served: Gateway


def sharing(*roles: str) -> Callable[[Test], Test]:
    """The test takes the fixture `shared` or `guarded`, of a fleet of these roles, by default memory alone."""
    played = roles or ("memory",)
    of_roles = pytest.mark.parametrize("shared", [played], ids=["-".join(played)], indirect=True)
    return lambda test: pytest.mark.asyncio(loop_scope="module")(of_roles(test))


class Refused(Exception):
    """What the server said to a connection it does not want."""


class WebSocket:
    """One websocket on plain streams. It reads only when it is told to, so it can be as slow as a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._texts: deque[str] = deque()
        self._part = ""
        self._open = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, path: str, headers: dict[str, str]) -> AsyncIterator["WebSocket"]:
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 14)
        try:
            ws = cls(reader, writer)
            extra = [(name.encode(), value.encode()) for name, value in headers.items()]
            await ws._write(Request(host=address.netloc, target=path, extra_headers=extra))
            while not ws._open.is_set():
                await ws._read()
            yield ws
        finally:
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()  # to the other end that does not read, it would never have been written
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def send(self, text: str) -> None:
        await self._write(TextMessage(data=text))

    async def receive(self) -> str:
        while not self._texts:
            await self._read()
        return self._texts.popleft()

    async def _write(self, event: Event) -> None:
        self._writer.write(self._protocol.send(event))
        await self._writer.drain()

    async def _read(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            data = await self._reader.read(1 << 14)
        self._protocol.receive_data(data or None)
        for event in self._protocol.events():
            match event:
                case AcceptConnection():
                    self._open.set()
                case TextMessage():
                    self._part += event.data
                    if event.message_finished:
                        self._texts.append(self._part)
                        self._part = ""
                case Ping():
                    await self._write(event.response())
                case CloseConnection() | RejectConnection():
                    raise ConnectionError(f"closed: {event}")


class SocketClient:
    """Engine.IO 4 and Socket.IO 5 over one websocket."""

    def __init__(self, ws: WebSocket) -> None:
        self.ws = ws
        self._ids = itertools.count()
        self.events: list[tuple[str, Any]] = []
        """Received and not yet taken."""

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, gateway: Gateway, *, auth: object = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator["SocketClient"]:
        path = "/socket.io/?EIO=4&transport=websocket"
        async with WebSocket.connected(gateway.url, path, headers or {}) as ws:
            client = cls(ws)
            assert (await client._text()).startswith("0{")
            await ws.send("40" + (json.dumps(auth) if auth is not None else ""))
            answer = await client._text()
            if answer.startswith("44"):
                raise Refused(json.loads(answer[2:]))
            assert answer.startswith("40"), answer
            yield client

    async def ask(self, event: str, *arguments: object) -> dict[str, Any]:
        """Send a command and wait for its ack; events that come before it are kept."""
        number = next(self._ids)
        await self.ws.send(f"42{number}{json.dumps([event, *arguments])}")
        while True:
            text = await self._text()
            if text.startswith(f"43{number}["):
                answer: dict[str, Any] = json.loads(text[2 + len(str(number)) :])[0]
                return answer
            self._keep(text)

    async def watch(self, run: str, **more: object) -> dict[str, Any]:
        """Subscribe to a run that memory may not have come to yet; the answer's data."""

        async def watched() -> dict[str, Any] | None:
            answer = await self.ask("subscribe", {"run": run, **more})
            if not answer["ok"] and answer["error"]["code"] == "unavailable":
                return None
            assert answer["ok"], answer
            data: dict[str, Any] = answer["data"]
            return data

        return await eventually(watched)

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """Meanwhile nothing is asked, and pings are answered: who lets them be for twenty seconds is cut off."""
        reading = asyncio.create_task(self.next("nothing"))
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def next(self, name: str) -> Any:
        """The next event of that name."""
        while True:
            for place, (event, payload) in enumerate(self.events):
                if event == name:
                    del self.events[place]
                    return payload
            self._keep(await self._text())

    def _keep(self, text: str) -> None:
        assert text.startswith("42"), text
        name, payload = json.loads(text[2:])
        self.events.append((name, payload))

    async def _text(self) -> str:
        while True:
            text = await self.ws.receive()
            if text != "2":
                return text
            await self.ws.send("3")
