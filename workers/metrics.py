"""A worker's metrics: told to the gateway that asks, and served on a port of the worker's own where one is set."""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connections
from mycoderai.broker.kept import Kept
from mycoderai.broker.metrics import own_rows
from mycoderai.broker.metrics_queue import KEPT_S, merged, queue_rows
from mycoderai.broker.metrics_text import CONTENT_TYPE, exposition
from mycoderai.broker.telling import tell
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import ORCHESTRATOR

REQUEST_WITHIN_S = 5.0
MOST_REQUEST_BYTES = 8 << 10
PORT_CHECK_S = 2.0
OnConnection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
log = structlog.get_logger()


async def show_metrics(settings: Settings, up: asyncio.Event) -> None:
    """Until cancelled, from when all roles are up. What goes wrong here is logged and stops no work."""
    await up.wait()
    own = {str(nc.options["user"]): nc for nc in connections()}
    roles = tuple(sorted(own))
    try:
        await tell(own[roles[0]], roles[0], roles)
        if settings.metrics_port:
            pools = {role: nc for role, nc in own.items() if role in (ORCHESTRATOR, *settings.all_pools)}
            await _serve(settings, pools)
    except Exception:
        log.exception("metrics.failed")


async def _serve(settings: Settings, pools: dict[str, Client]) -> None:
    async def text() -> str:
        return exposition(merged((own_rows(), await queue_rows(pools))))

    page = Kept(text, KEPT_S)

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(2 * REQUEST_WITHIN_S):
                writer.write(await _reply(reader, page))
                await writer.drain()

    server = await _listen(settings, on_connection)
    async with server:
        await server.serve_forever()


async def _listen(settings: Settings, on_connection: OnConnection) -> asyncio.Server:
    """Waits for a port that is taken: while a worker is replaced, the one before it still has it."""
    said = False
    while True:
        try:
            return await asyncio.start_server(
                on_connection, settings.metrics_host, settings.metrics_port, limit=MOST_REQUEST_BYTES
            )
        except OSError as err:
            if err.errno != errno.EADDRINUSE:
                raise
            if not said:
                log.warning("metrics.port_taken", port=settings.metrics_port)
            said = True
        await asyncio.sleep(PORT_CHECK_S)  # nothing tells when it is free


async def _reply(reader: asyncio.StreamReader, page: Kept[str]) -> bytes:
    try:
        async with asyncio.timeout(REQUEST_WITHIN_S):
            head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return _response("431 Request Header Fields Too Large", "")
    method, _, rest = head.partition(b" ")
    path = rest.split(b" ")[0].partition(b"?")[0]
    if method != b"GET":
        return _response("405 Method Not Allowed", "only GET\n")
    if path != b"/metrics":
        return _response("404 Not Found", "the metrics are at /metrics\n")
    return _response("200 OK", await page.get(), CONTENT_TYPE)


def _response(status: str, body: str, content_type: str = "text/plain; charset=utf-8") -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\nConnection: close"
    return f"{head}\r\n\r\n".encode() + data
