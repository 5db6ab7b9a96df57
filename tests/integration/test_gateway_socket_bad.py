"""Socket.IO under clients that talk nonsense, do not join, are too many or do not read."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import socketio
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Refused, Shared, SocketClient, WebSocket, gateway, request, sharing

from mycoderai.gateway import engine, line, serving
from mycoderai.gateway.listen import LOOPBACK, listen, url_of
from mycoderai.schemas.events import RunSubmitted

PATH = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"
NOOP = RunSubmitted(task="do nothing", role="noop")


def connected(served: Gateway) -> Any:
    return SocketClient.connected(served, auth={"token": served.token})


async def text_of(ws: WebSocket) -> str:
    while (text := await ws.receive()) == "2":
        await ws.send("3")
    return text


async def problem_of(client: SocketClient) -> str:
    code: str = (await client.next("problem"))["code"]
    return code


NONSENSE = [
    "4",
    "4x",
    "49",
    "42",
    "42{}",
    "42[]",
    "42[7]",
    '42["subscribe"',
    "42" + "[" * 5000,
    '42/admin,["subscribe",{}]',
    '451-["subscribe",{"_placeholder":true,"num":0}]',
    "44{}",
    "43",
    "x",
    "5",
    "2probe",
]


@sharing()
async def test_nonsense_is_answered_and_the_connection_lives(shared: Shared) -> None:
    served = shared.served
    async with connected(served) as client:
        for text in NONSENSE:
            await client.ws.send(text)
            assert await problem_of(client) == "malformed", text
        unknown = await client.ask("explode", {})
        assert (unknown["ok"], unknown["error"]["code"]) == (False, "unknown_event")
        for event in ("connect", "disconnect", "message", "__class__"):
            assert (await client.ask(event, {}))["error"]["code"] == "unknown_event"
        await client.ws.send('42["explode"]')
        assert await problem_of(client) == "unknown_event", "without an ack it is told all the same"
        await client.ws.send('451-7["subscribe",{"_placeholder":true,"num":0}]')
        assert json.loads((await text_of(client.ws)).removeprefix("437"))[0]["error"]["code"] == "malformed"
        await client.ws.send("40/admin,")
        refusal = await text_of(client.ws)
        assert json.loads(refusal.removeprefix("44/admin,"))["message"] == "unknown_namespace"
        assert (await client.ask("subscribe", {}))["ok"]


@sharing()
async def test_who_goes_on_with_nonsense_or_says_too_much_is_cut_off(shared: Shared) -> None:
    served = shared.served
    async with connected(served) as steady:
        async with connected(served) as client:
            for _ in range(engine.MOST_NONSENSE):  # and no more: to one who has hung up, it would be an error to send
                await client.ws.send("4x")
            with pytest.raises(ConnectionError, match="too many malformed"):
                await _read_on(client.ws)
        async with connected(served) as client:
            with pytest.raises(ConnectionError, match="1009"):
                await client.ask("subscribe", {"run": "x" * (64 << 10)})
        async with connected(served) as client:
            with pytest.raises(ConnectionError):
                await client.ask("subscribe", {"run": "x" * (4 << 20)})
        assert (await steady.ask("subscribe", {}))["ok"]


@sharing()
async def test_before_it_joins_a_client_gets_nothing(guarded: Shared) -> None:
    served = guarded.served
    async with WebSocket.connected(served.url, PATH, {}) as ws:
        assert (await ws.receive()).startswith("0{")
        for number, event in enumerate(("subscribe", "unsubscribe", "command")):
            await ws.send(f'42{number}["{event}",{{}}]')
            answer = await ws.receive()
            assert json.loads(answer.removeprefix(f"43{number}"))[0]["error"]["code"] == "token_needed"
        await ws.send('40{"token":"wrong"}')
        assert (await ws.receive()).startswith("44")


async def test_who_does_not_join_or_does_not_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PING_EVERY_S", 0.1)
    monkeypatch.setattr(engine, "PONG_WITHIN_S", 0.1)
    async with _served() as (sockets, url):
        for first, why, join_within_s in (("", "nobody joined in time", 0.1), ("40", "it does not answer", WITHIN_S)):
            monkeypatch.setattr(line, "JOIN_WITHIN_S", join_within_s)
            async with WebSocket.connected(url, PATH, {}) as ws:
                if first:
                    await ws.send(first)
                with pytest.raises(ConnectionError, match=why):
                    await _read_on(ws)
        assert sockets.eio.sockets == {}


async def test_what_is_posted_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "POSTED_WITHIN_S", 0.1)
    async with _served() as (sockets, url):
        opened = await asyncio.to_thread(request, "GET", url, POLLING, {})
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        path = f"{POLLING}&sid={json.loads(opened.text[1:])['sid']}"
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 9\r\n\r\nslow".encode())
        async with asyncio.timeout(WITHIN_S):
            assert b" 400 " in await reader.readline()
        writer.close()
        assert sockets.eio.sockets == {}


async def test_of_a_flood_of_nonsense_only_the_beginning_is_looked_at() -> None:
    async with _served() as (sockets, url):
        opened = await asyncio.to_thread(request, "GET", url, POLLING, {})
        ((sid, flooded),) = sockets.eio.sockets.items()
        assert sid in opened.text
        await asyncio.to_thread(request, "POST", url, f"{POLLING}&sid={sid}", {}, b"\x1e" * 60_000)
        assert flooded.nonsense == engine.MOST_NONSENSE


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[engine.Server, str]]:
    """Socket.IO alone, which lets everybody join; and where it is."""

    async def answer(at: line.Line, name: str, argument: object) -> engine.Reply:
        return {"ok": True, "data": {}}

    sockets = engine.Server(answer)
    sockets.on("connect", _join)
    listener = listen(LOOPBACK, 0, Path("/nonexistent"))
    server = serving.server(socketio.ASGIApp(sockets), 10)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield sockets, url_of(listener)
    finally:
        server.leave()
        await running


async def _join(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    environ[engine.LINE].join(sid)


async def _read_on(ws: WebSocket) -> None:
    while True:
        await ws.receive()


async def test_clients_over_the_bound_are_told_so_and_harm_nobody(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), gateway_clients=3)
    async with gateway(fleet.settings) as served:
        async with connected(served) as one, connected(served), connected(served):
            with pytest.raises(Refused, match="too_many_clients"):
                async with connected(served):
                    pass
            refused: list[str] = []
            enough = asyncio.Event()
            async with asyncio.timeout(WITHIN_S), one.resting():
                await asyncio.gather(*(_sit(served, refused, enough) for _ in range(400)))
            assert set(refused) == {"503"}
            assert (await one.ask("subscribe", {}))["ok"]
        await eventually(lambda: _room_for_one(served))


async def _room_for_one(served: Gateway) -> bool:
    """The gateway tells nobody that it has seen the end of a connection."""
    try:
        async with connected(served) as one:
            return bool((await one.ask("subscribe", {}))["ok"])
    except (ConnectionError, Refused):
        return False


async def _sit(served: Gateway, refused: list[str], enough: asyncio.Event) -> None:
    """Connect and say nothing until enough others were refused; the HTTP status of a refusal."""
    try:
        async with WebSocket.connected(served.url, PATH, {}) as ws:
            await ws.receive()
            await enough.wait()
    except ConnectionError as err:
        refused.append(str(getattr(err.args[0], "status_code", "")) or "503" * ("503" in str(err)))
    if len(refused) > 100:
        enough.set()


@sharing()
async def test_a_client_that_asks_and_does_not_read_is_not_asked_what_more_it_wants(shared: Shared) -> None:
    fleet, served = shared
    for _ in range(20):
        await fleet.submit(RunSubmitted(task="x" * 2000, role="noop"))
    async with connected(served) as quick, connected(served) as deaf:
        await quick.ask("subscribe", {})
        before = served.rss_kib
        sending = asyncio.create_task(_ask_on(deaf))
        for _ in range(30):
            assert (await quick.ask("subscribe", {}))["ok"]
        assert served.rss_kib - before < 12_000, "what it was answered and has not read is bounded"
        sending.cancel()
        await asyncio.wait([sending])


async def _ask_on(client: SocketClient) -> None:
    """The gateway stops reading at some point, so this ends by being cancelled."""
    for number in range(1_000_000):
        await client.ws.send(f'42{number}["subscribe",{{}}]')
