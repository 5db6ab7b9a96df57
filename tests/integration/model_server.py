"""A model provider on loopback that speaks the OpenAI, Anthropic and Ollama wire formats and fails on demand.

    async with ModelServer() as server:
        server.script(Answer(text="hello"), Refuse(status=429), Answer(calls=(Call(name="bash"),)))
        …  # OPENAI_API_BASE=server.openai_base ANTHROPIC_API_BASE=server.base OLLAMA_API_BASE=server.base
        assert len(server.requests) == 3

Each request takes the next reply of the script; when it has ended, or with none, `server.otherwise` decides, a reply
or a function of the request. `server.requests` holds what came: path, headers, body, time, and whether its client left.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from model_server_wire import (
    Answer,
    Call,
    Hang,
    Refuse,
    Reply,
    anthropic_events,
    error_body,
    ollama_events,
    openai_body,
    openai_events,
)

HEARTBEAT_S = 0.05
_ENCODERS = {"/chat/completions": openai_events, "/messages": anthropic_events, "/api/chat": ollama_events}


@dataclass(kw_only=True)
class Request:
    number: int
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]
    raw: bytes = b""
    """The body as it came."""
    at: float = field(default_factory=time.monotonic)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client closes the connection before the answer has ended."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", ()))


class ModelServer:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.otherwise: Reply | Callable[[Request], Reply] = Refuse(status=500, message="the script has ended")
        self._script: deque[Reply] = deque()
        self._arrived = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._on_connection, "127.0.0.1", 0, limit=1 << 26)
        self.base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.openai_base = f"{self.base}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a fleet take this server for the providers."""
        return {
            "OPENAI_API_BASE": self.openai_base,
            "OPENAI_API_KEY": "sk-test-openai-0123456789",
            "ANTHROPIC_API_BASE": self.base,
            "ANTHROPIC_API_KEY": "sk-ant-test-0123456789",
            "OLLAMA_API_BASE": self.base,
        }

    def script(self, *replies: Reply) -> None:
        self._script.extend(replies)

    async def arrived(self, count: int) -> Request:
        """The request of that number, counted from 1, when it has come."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the server is told to close; asyncio would report either as a fault
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader, len(self.requests) + 1)
        if request.path == "/api/show":  # what Ollama knows about a model; litellm does without
            return await _send_json(writer, 404, {"error": "unknown"}, {})
        async with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        watch = asyncio.create_task(_watch(reader, request))
        try:
            answering = asyncio.create_task(self._reply(request, self._next(request), writer))
            gone = asyncio.create_task(request.left.wait())
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            goes_on = answering.done() and await answering
            for task in (answering, gone):
                task.cancel()
            return goes_on
        except ConnectionError:
            request.left.set()
            raise
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    def _next(self, request: Request) -> Reply:
        if self._script:
            return self._script.popleft()
        return self.otherwise(request) if callable(self.otherwise) else self.otherwise

    async def _reply(self, request: Request, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        if isinstance(reply, Hang):
            if not reply.reset:
                await request.left.wait()
            writer.transport.abort()
            return False
        await asyncio.sleep(reply.delay_s)
        if isinstance(reply, Refuse):
            return await _send_json(writer, reply.status, error_body(reply, request.path), reply.headers)
        if request.path.endswith("/chat/completions") and not request.body.get("stream"):
            body = openai_body(reply, str(request.body.get("model", "")), request.number)
            return await _send_json(writer, 200, body, {})
        return await _stream(request, reply, writer)


async def _read(reader: asyncio.StreamReader, number: int) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(number=number, path=first.split(" ")[1], headers=headers, body=json.loads(body or b"{}"), raw=body)


async def _stream(request: Request, answer: Answer, writer: asyncio.StreamWriter) -> bool:
    writer.write(_head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
    for block in _writes(list(_events(request, answer)), answer):
        writer.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        await writer.drain()
        if answer.pause_s or answer.bytes_at_once:
            await asyncio.sleep(answer.pause_s)
    match answer.then:
        case "reset":
            writer.transport.abort()
            return False
        case "stall":
            await request.left.wait()
            return False
        case "heartbeats":
            while not request.left.is_set():
                block = f": heartbeat{answer.newline * 2}".encode()
                writer.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
                await asyncio.sleep(HEARTBEAT_S)
            return False
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _events(request: Request, answer: Answer) -> Iterator[bytes]:
    encoder = next(encoder for ending, encoder in _ENCODERS.items() if request.path.endswith(ending))
    events = list(encoder(answer, str(request.body.get("model", "")), request.number))[: answer.events]
    return (event.replace("\ufffd".encode(), answer.corrupt) if answer.corrupt else event for event in events)


def _writes(events: Iterable[bytes], answer: Answer) -> Iterator[bytes]:
    if not answer.bytes_at_once:
        return iter(events)
    whole, size = b"".join(events), answer.bytes_at_once
    return (whole[start : start + size] for start in range(0, len(whole), size))


async def _send_json(writer: asyncio.StreamWriter, status: int, body: object, headers: Any) -> bool:
    payload = json.dumps(body).encode()
    head = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **headers}
    writer.write(_head(status, head) + payload)
    await writer.drain()
    return True


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _watch(reader: asyncio.StreamReader, request: Request) -> None:
    """A client sends nothing while it waits for its answer, so the end of what it sends is the end of it."""
    while not (reader.at_eof() or reader.exception()):
        await asyncio.sleep(0.01)
    request.left.set()


__all__ = ["Answer", "Call", "Hang", "ModelServer", "Refuse", "Reply", "Request"]
