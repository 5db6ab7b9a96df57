"""Connections: one user per role, reconnecting for ever, noticing a dead link within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from weakref import WeakSet

import structlog
from nats.aio.client import Client

from mycoderai.broker.bulk import BulkClient
from mycoderai.broker.credentials import read_password
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import BrokerUnreachable, ConfigError
from mycoderai.schemas.settings import Settings

_connections: WeakSet[Client] = WeakSet()
OnReconnect = Callable[[], Awaitable[None]]
log = structlog.get_logger()


async def connect(
    settings: Settings,
    role: str,
    *,
    name: str = "",
    on_reconnect: OnReconnect | None = None,
    wait_s: float = 5.0,
) -> Client:
    """A connection as `role`. Raises BrokerUnreachable, or ConfigError when the broker does not know us."""
    password = read_password(settings.credentials, role)
    await _probe(settings)
    nc = BulkClient()
    refused = asyncio.Event()

    async def on_error(err: Exception) -> None:
        log.debug("broker.connection_error", error=str(err))
        if "authorization" in str(err).lower():
            refused.set()

    connecting = asyncio.create_task(
        nc.connect(
            servers_of(settings.nats_url),
            user=role,
            password=password,
            name=name or role,
            inbox_prefix=f"_INBOX.{role}".encode(),
            connect_timeout=2,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,
            ping_interval=2,
            max_outstanding_pings=2,
            error_cb=on_error,
            reconnected_cb=on_reconnect,
        )
    )
    waiting = asyncio.create_task(refused.wait())
    connected = False
    try:
        await asyncio.wait({connecting, waiting}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        connected = connecting.done() and not connecting.cancelled() and connecting.exception() is None
    finally:
        await end([waiting] if connected else [waiting, connecting])
        if not connected:
            await nc.close()  # left alone, nats-py would try for ever
    if connected:
        _connections.add(nc)
        return nc
    if refused.is_set():
        raise ConfigError(
            f"the broker at {settings.nats_url} refused the credentials of role {role!r}",
            f"copy that role's file from the broker's credentials folder to {settings.credentials}",
        )
    raise _unreachable(settings)


def connections() -> list[Client]:
    """Those this process has made, closed ones too as long as somebody holds on to them."""
    return list(_connections)


def servers_of(urls: str) -> list[str]:
    """The addresses of `URL[,URL…]`, servers of one cluster."""
    return [url if "//" in url else f"nats://{url}" for part in urls.split(",") if (url := part.strip())]


async def _probe(settings: Settings) -> None:
    """nats-py retries a first connection silently; that nobody listens should be said at once."""
    for url in servers_of(settings.nats_url):
        if await _listens(url):
            return
    raise _unreachable(settings)


async def _listens(url: str) -> bool:
    try:
        address = urlsplit(url)
        async with asyncio.timeout(3):
            _, writer = await asyncio.open_connection(address.hostname, address.port or 4222)
    except (OSError, ValueError):
        return False
    writer.close()
    return True


def _unreachable(settings: Settings) -> BrokerUnreachable:
    return BrokerUnreachable(
        f"no broker answers at {settings.nats_url}",
        "start one with `mycoder up`, or correct MYCODER_NATS_URL",
    )
