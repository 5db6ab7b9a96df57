"""The fleet's own nats-server as a process to keep."""

import contextlib
import os
import socket
from urllib.parse import urlsplit

import nats.errors

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN, SERVICES, ensure_users
from mycoderai.broker.server import EmbeddedServer, start_server
from mycoderai.broker.verify import assert_topology
from mycoderai.gateway.fleet_wait import readable
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError
from mycoderai.schemas.settings import Settings

PREFERRED_PORT = 4222


class BrokerProcess:
    """A running nats-server."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.url = server.url
        self.pid = server.pid

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or PREFERRED_PORT

    async def wait_end(self) -> int:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                await readable(descriptor)
            finally:
                os.close(descriptor)
        return self.server.process.wait()

    async def stop(self) -> None:
        await self.server.stop()

    def kill(self) -> None:
        if self.server.process.poll() is None:
            self.server.process.kill()


async def start_broker(settings: Settings, port: int) -> BrokerProcess:
    """Start it on the data directory and make the streams what they are declared to be.

    port 0 lets the system choose. Raises MycoderError.
    """
    if port and not port_is_free(port):
        raise MycoderError(
            f"port {port} is in use by another program", "choose another with --port N; 0 picks a free one"
        )
    users = ensure_users(settings.credentials, (*SERVICES, *settings.all_pools))
    return BrokerProcess(await start_server(settings, users, port))


async def declare_streams(settings: Settings) -> None:
    nc = await connect(settings, ADMIN, name="supervisor")
    try:
        await assert_topology(nc, settings)
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker at {settings.nats_url} did not answer: {err}", "mycoder doctor") from err
    finally:
        await nc.close()


async def check_external(settings: Settings, role: str) -> None:
    """Make sure that a broker which is not ours answers; declare the streams where we hold the admin's password."""
    if (settings.credentials / ADMIN).exists():
        await declare_streams(settings)
        return
    nc = await connect(settings, role, name="supervisor")
    await nc.close()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def preferred_port() -> int:
    """The port NATS clients expect, where it is free; else any."""
    return PREFERRED_PORT if port_is_free(PREFERRED_PORT) else 0
