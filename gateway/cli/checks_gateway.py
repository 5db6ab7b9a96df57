"""What `mycoder doctor` finds out about who may use a gateway on this host."""

import asyncio
import socket

from mycoderai.gateway.cli.checks import Finding
from mycoderai.gateway.listen import LOOPBACK
from mycoderai.gateway.peers import Peers
from mycoderai.gateway.proxies import Proxies
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings


async def gateway_finding(settings: Settings) -> Finding:
    try:
        proxied = Proxies(settings).configured
    except ConfigError as err:
        return Finding("gateway", "fail", err.message, err.fix)
    if proxied:
        return Finding("gateway", "ok", "opens to whom the trusted proxy names, and to tokens")
    if settings.gateway_access == "token":
        return Finding("gateway", "ok", "opens to tokens alone")
    if settings.trust_code:
        text = "opens to everything on this host, code under work included: --trust-code takes its walls away"
        return Finding("gateway", "warn", text, "set gateway_access to token, or let code run in boxes")
    if not await _kernel_tells():
        text = "the kernel does not tell who is at the other end of a connection, so everybody needs a token"
        return Finding("gateway", "warn", text, "mycoder token link")
    return Finding("gateway", "ok", "opens to this host without a password, but not to code under work")


async def _kernel_tells() -> bool:
    """Whether a connection of our own is taken for one of a person's."""
    with (
        socket.create_server((LOOPBACK, 0)) as listener,
        socket.create_connection(listener.getsockname()) as connection,
    ):
        async with asyncio.timeout(10):
            return await Peers().is_person(connection.getsockname(), listener.getsockname())
