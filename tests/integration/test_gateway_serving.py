"""The server under bad clients: too long, too slow, too many, too often. Each is told why."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Refused, SocketClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mycoderai.gateway import serving, sockets
from mycoderai.gateway.access import Access
from mycoderai.gateway.api import dispatch
from mycoderai.gateway.app import application
from mycoderai.gateway.limits import RATES, Rate
from mycoderai.gateway.listen import LOOPBACK, listen
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import problem_reply

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
MUCH = 16 << 20
Serve = Callable[..., Awaitable[int]]


async def echo_size(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body as an endpoint does, up to 100 kB."""
    request = Request(scope, receive)
    try:
        body = await Request(scope, dispatch.bounded(receive, request.headers, 100_000)).body()
    except Problem as problem:
        await problem_reply(problem)(scope, receive, send)
        return
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@asynccontextmanager
async def serving_on(app: ASGIApp, browsers: int) -> AsyncIterator[int]:
    listener = listen(LOOPBACK, 0, None)  # type: ignore[arg-type]
    server = serving.server(app, browsers)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.leave()
        await running


@pytest.fixture
async def serve(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(browsers: int = 10, **limits: float) -> int:
            for name, value in limits.items():
                monkeypatch.setattr(dispatch if hasattr(dispatch, name) else serving, name, value)
            return await stack.enter_async_context(serving_on(echo_size, browsers))

        yield start


class Talk:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, Any]:
        """Status and body of the next response; (0, "") when the server hangs up."""
        async with asyncio.timeout(WITHIN_S):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return 0, ""
            lines = head.decode().lower().split("\r\n")
            length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length"))
            body = (await self.reader.readexactly(length)).decode()
        return int(lines[0].split()[1]), json.loads(body)["error"]["code"] if body.startswith("{") else body


@asynccontextmanager
async def talking(port: int, first: bytes = b"") -> AsyncIterator[Talk]:
    """first: what the server finds to read the moment it accepts the connection."""
    connection = socket.create_connection((LOOPBACK, port))
    connection.sendall(first)
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()


async def said(port: int, data: bytes) -> tuple[int, Any]:
    async with talking(port) as talk:
        await talk.say(data)
        return await talk.answer()


async def test_what_is_no_request_or_too_long_is_told_so(serve: Serve) -> None:
    port = await serve(_LINGER_S=WITHIN_S)
    assert await said(port, HEAD + b"\r\n") == (200, "0")
    assert await said(port, HEAD + b"X-Long: " + b"a" * 60_000 + b"\r\n\r\n") == (200, "0")
    assert await said(port, HEAD + b"X-Long: " + b"a" * 700_000 + b"\r\n\r\n") == (431, "too_large")
    assert await said(port, b"GET /" + b"a" * 700_000 + b" HTTP/1.1\r\n\r\n") == (431, "too_large")
    assert await said(port, HEAD + b"X-Long: " + b"a\r\nX-Long: " * 60_000 + b"\r\n\r\n") == (431, "too_large")
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b": x\r\n\r\n",
    ):
        assert await said(port, nonsense) == (400, "bad_request"), nonsense


async def test_a_body_is_too_large_as_soon_as_it_says_so_or_is(serve: Serve) -> None:
    port = await serve()
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    assert await said(port, post + b"Content-Length: 100000\r\n\r\n" + b"a" * 100_000) == (200, "100000")
    assert await said(port, post + b"Content-Length: 10000000\r\n\r\n") == (413, "too_large")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    assert await said(port, post + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2) == (413, "too_large")
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert (await said(port, post + both))[0] in (200, 400)
    assert await said(port, post + b"Content-Length: -5\r\n\r\n") == (400, "bad_request")


async def test_who_trickles_is_cut_off(serve: Serve) -> None:
    port = await serve(HEAD_S=1.0, BODY_S=1.0)
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
    async with (
        talking(port) as silent,
        talking(port, HEAD) as head,
        talking(port, post + b"50\r\n\r\nslow") as body,
        talking(port, post + b"200000\r\n\r\n") as rest,
    ):
        assert await rest.answer() == (413, "too_large")
        assert await body.answer() == (408, "too_slow")
        assert await head.answer() == (408, "too_slow")
        assert await silent.answer() == (0, "")
        for talk in (rest, body, head):
            assert await talk.answer() == (0, ""), "and the connection is free again"


async def test_time_for_a_body_begins_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead_s = 0.0
    monkeypatch.setattr(dispatch, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead_s))

    async def echo_size_later(scope: Scope, receive: Receive, send: Send) -> None:
        """As an endpoint before which others stand in line."""
        nonlocal ahead_s
        bounded = dispatch.bounded(receive, Request(scope).headers, 1_000_000)
        ahead_s += 10 * (dispatch.BODY_S + 1_000_000 / dispatch.SLOWEST_BYTES_PER_S)
        await PlainTextResponse(str(len(await Request(scope, bounded).body())))(scope, receive, send)

    body = b"a" * 500_000
    async with serving_on(echo_size_later, 10) as port:
        post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n"
        assert await said(port, post + body) == (200, "500000")


async def much(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(b"x" * MUCH)(scope, receive, send)


async def test_who_takes_an_answer_slowly_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[serving.Connection] = []
    watch, looks, taken = serving.Connection._watch_reading, 0, 0
    monkeypatch.setattr(serving, "UNREAD_S", WITHIN_S)  # the test says when it is looked: whenever some was taken
    monkeypatch.setattr(serving.Connection, "_watch_reading", lambda self: (watched.append(self), watch(self)))
    async with serving_on(much, 0) as port, talking(port, HEAD + b"\r\n") as slow:
        await slow.reader.readuntil(b"\r\n\r\n")
        while piece := await slow.reader.read(MUCH - taken):
            taken += len(piece)
            sender = watched[-1]
            if sender._reading and sender.transport.get_write_buffer_size() < sender._unread:
                sender._look_at_reading()
                looks += 1
    assert taken == MUCH
    assert looks > 1


async def test_who_does_not_take_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"UNREAD_S": 0.5, "OTHER_CONNECTIONS": 1, "_LINGER_S": WITHIN_S}.items():
        monkeypatch.setattr(serving, name, value)

    async def is_served(talk: Talk) -> bool:
        await talk.say(HEAD + b"\r\n")
        return b" 200 " in await talk.reader.readline()

    async def has_room() -> bool:  # nobody is told when the silent one has gone
        async with talking(port) as talk:
            return await is_served(talk)

    began = time.monotonic()
    async with serving_on(much, 0) as port, talking(port) as silent:
        assert await is_served(silent)
        assert not await has_room() or time.monotonic() - began > serving.UNREAD_S
        await eventually(has_room)


async def test_who_leaves_while_it_sends_is_no_error_of_ours(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    port = await serve()
    async with talking(port) as talk:
        await talk.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nhalf")
    assert await said(port, HEAD + b"\r\n") == (200, "0")
    assert not caplog.records


def test_hundreds_of_idle_connections_keep_nobody_out() -> None:
    assert serving.OTHER_CONNECTIONS > 500


async def test_one_connection_more_than_there_is_room_for_is_told_so(serve: Serve) -> None:
    port = await serve(browsers=3, OTHER_CONNECTIONS=2, _LINGER_S=WITHIN_S)
    async with AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(talking(port)) for _ in range(5)]
        for talk in talks[:3]:  # who has asked and who is silent take the same room
            await talk.say(HEAD + b"\r\n")
            assert await talk.answer() == (200, "0")
        assert await said(port, HEAD + b"\r\n") == (503, "too_many_connections")
        talks[0].writer.close()
        await talks[0].writer.wait_closed()

        async def room() -> bool:  # the server tells nobody that it has seen the end
            return await said(port, HEAD + b"\r\n") == (200, "0")

        await eventually(room)


async def test_a_browser_whose_token_is_revoked_is_cut_off(start_fleet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "RECHECK_S", 0.1)
    fleet: RunningFleet = await start_fleet((), gateway_access="token")
    nc = await fleet.connect("gateway")
    access = Access(nc, fleet.settings, host=LOOPBACK)
    made = await access.tokens.create("ann", "operator")
    async with serving_on(application(nc, fleet.settings, access, b"k" * 32), 10) as port:
        served = Gateway(None, f"http://{LOOPBACK}:{port}", made.secret)  # type: ignore[arg-type]
        async with SocketClient.connected(served, auth={"token": made.secret}) as client:
            assert (await client.ask("unsubscribe", {"run": "none"}))["ok"]
            await access.tokens.revoke(made.token.id)
            with pytest.raises((ConnectionError, AssertionError)):
                await client.next("nothing")
        with pytest.raises(Refused, match="token_refused"):
            async with SocketClient.connected(served, auth={"token": made.secret}):
                pass


async def test_too_many_commands_are_told_when_to_come_again(start_fleet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, "command", Rate(per_s=0.01, burst=3))
    fleet: RunningFleet = await start_fleet((), gateway_access="token")
    nc = await fleet.connect("gateway")
    access = Access(nc, fleet.settings, host=LOOPBACK)
    made = await access.tokens.create("ann", "admin")
    async with serving_on(application(nc, fleet.settings, access, b"k" * 32), 10) as port:
        served = Gateway(None, f"http://{LOOPBACK}:{port}", made.secret)  # type: ignore[arg-type]
        replies = [await served.send("POST", "/api/v1/tokens", {}) for _ in range(4)]
        assert [reply.status for reply in replies] == [400, 400, 400, 429]
        late = replies[-1]
        assert late.json["error"]["code"] == "too_often"
        assert int(late.headers["retry-after"]) >= 1
        assert (await served.get("/api/v1/me")).status == 200, "looking is not limited"
