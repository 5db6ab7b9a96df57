"""Connections: one user per role, reconnecting for ever, noticing a dead link within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import nats
import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.credentials import read_password
from mycoderai.schemas.errors import BrokerUnreachable, ConfigError
from mycoderai.schemas.settings import Settings

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
    seen: list[str] = []

    async def on_error(err: Exception) -> None:
        seen.append(str(err))
        log.debug("broker.connection_error", error=str(err))

    try:
        await _probe(settings.nats_url)
        async with asyncio.timeout(wait_s):
            return await nats.connect(
                settings.nats_url,
                user=role,
                password=password,
                name=name or role,
                inbox_prefix=f"_INBOX.{role}".encode(),
                connect_timeout=2,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.25,
                ping_interval=5,
                max_outstanding_pings=2,
                error_cb=on_error,
                reconnected_cb=on_reconnect,
            )
    except (OSError, nats.errors.Error, ValueError) as err:
        if "authorization" in f"{err} {seen}".lower():
            raise ConfigError(
                f"the broker at {settings.nats_url} refused the credentials of role {role!r}",
                f"copy that role's file from the broker's credentials folder to {settings.credentials}",
            ) from err
        raise BrokerUnreachable(
            f"no broker answers at {settings.nats_url}",
            "start one with `mycoder up`, or correct MYCODER_NATS_URL",
        ) from err


async def _probe(url: str) -> None:
    # nats-py retries a first connection silently; a refused one should be said at once.
    address = urlsplit(url if "//" in url else f"nats://{url}")
    async with asyncio.timeout(3):
        _, writer = await asyncio.open_connection(address.hostname, address.port or 4222)
    writer.close()
