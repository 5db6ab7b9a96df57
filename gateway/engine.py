"""Socket.IO's server on lines of our own, and what it says to messages that make no sense."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import engineio
import socketio
from engineio.packet import OPEN
from engineio.packet import Packet as EnginePacket
from socketio import packet as kinds

from mycoderai.gateway import packets
from mycoderai.gateway.line import Line
from mycoderai.gateway.packets import Batch
from mycoderai.gateway.problem import Problem

LINE = "mycoderai.line"
"""Where in a connection's environment its line is."""
MOST_BYTES_IN = 64 << 10
MOST_NONSENSE = 20
"""Messages of one connection that make no sense, before it is ended."""
PING_EVERY_S, PONG_WITHIN_S = 10, 10
Reply = dict[str, Any]
Answer = Callable[[Line, str, object], Awaitable[Reply]]
"""The ack of an event, given its name and its first argument. It does not raise."""


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    async def handle_request(self, scope: Any, receive: Any, send: Any) -> Any:
        if b"j" in parse_qs(scope["query_string"]):  # JSONP: a script of another site could read the answer
            scope = {**scope, "query_string": b"transport=jsonp"}
        return await super().handle_request(scope, receive, send)

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        line = environ[LINE] = Line(self, self.generate_id())
        self.sockets[line.sid] = line
        await line.send(EnginePacket(OPEN, self._terms(line.sid)))
        await self.handlers["connect"](line.sid, environ)
        if transport == "websocket":
            return await line.serve_websocket(environ)
        line.connected = True
        line.schedule_ping()
        return self._ok(await line.poll())

    def _terms(self, sid: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": self.ping_timeout * 1000,
            "pingInterval": self.ping_interval * 1000,
            "maxPayload": self.max_http_buffer_size,
        }

    def on_nonsense(self, line: Line, message: str) -> None:
        """Say so; whoever goes on with it is told to leave."""
        line.nonsense += 1
        problem = Problem(400, "malformed", message, "send what the gateway's documents describe")
        line.write(Batch([packets.event("problem", problem.fields)]))
        if line.nonsense == MOST_NONSENSE:
            line.end("too many malformed messages")


class Server(socketio.AsyncServer):  # type: ignore[misc]
    """Every event is answered, also one that nobody knows."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            async_mode="asgi",
            transports=["websocket", "polling"],
            allow_upgrades=False,
            cors_allowed_origins=[],  # the guard has checked the origin
            max_http_buffer_size=MOST_BYTES_IN,
            ping_interval=PING_EVERY_S,
            ping_timeout=PONG_WITHIN_S,
            monitor_clients=False,  # each line looks after itself
            namespaces=["/"],
        )
        self._answer = answer
        self._at_work: set[asyncio.Task[None]] = set()

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        line = self.eio.sockets[eio_sid]
        try:
            packet = self.packet_class(encoded_packet=data)
        except (ValueError, RecursionError):
            self.eio.on_nonsense(line, "not a packet of Socket.IO")
            return
        match packet.packet_type:
            case kinds.CONNECT if packet.namespace:
                await self._refuse_namespace(line, packet.namespace)
            case kinds.CONNECT:
                await self._handle_connect(eio_sid, None, packet.data)
            case kinds.DISCONNECT:
                await self._handle_disconnect(eio_sid, None)
            case kinds.EVENT | kinds.BINARY_EVENT:
                await self._on_event(line, packet)
            case _:
                self.eio.on_nonsense(line, "nothing a browser sends")

    async def _refuse_namespace(self, line: Line, name: str) -> None:
        problem = Problem(404, "unknown_namespace", "there is only the default namespace", "connect without one")
        refusal = {"message": problem.code, "data": problem.fields}
        await self._send_packet(line.sid, self.packet_class(kinds.CONNECT_ERROR, data=refusal, namespace=name[:200]))

    async def _on_event(self, line: Line, packet: Any) -> None:
        match packet.data:
            case [str() as name, *arguments] if packet.packet_type == kinds.EVENT and not packet.namespace:
                await line.begin_work()
                task = asyncio.create_task(self._work(line, packet.id, name, arguments[0] if arguments else None))
                self._at_work.add(task)
                task.add_done_callback(self._at_work.discard)
            case _:
                problem = Problem(400, "malformed", "an event is a name and JSON on the default namespace")
                self._reply(line, packet.id, {"ok": False, "error": problem.fields})

    async def _work(self, line: Line, number: int | None, name: str, argument: object) -> None:
        try:
            self._reply(line, number, await self._answer(line, name, argument))
        finally:
            line.end_work()

    def _reply(self, line: Line, number: int | None, reply: Reply) -> None:
        if number is not None:
            line.write(Batch([packets.ack(number, reply)]))
        elif not reply["ok"]:  # nobody waits for an ack; the error is told all the same
            line.write(Batch([packets.event("problem", reply["error"])]))
