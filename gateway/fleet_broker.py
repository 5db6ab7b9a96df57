"""The fleet's own nats-server as a process to keep."""

import asyncio
import contextlib
import os
import socket
import time
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN, SERVICES, ensure_users
from mycoderai.broker.reboot import begin_queue_anew_after_reboot
from mycoderai.broker.server import EmbeddedServer, start_server
from mycoderai.broker.verify import check_shards, purge_acknowledged
from mycoderai.gateway.fleet_disk import DiskWatch
from mycoderai.gateway.fleet_keeper import Tell
from mycoderai.gateway.fleet_streams import check_streams
from mycoderai.gateway.fleet_wait import readable
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError
from mycoderai.schemas.settings import Settings

PREFERRED_PORT = 4222
ELECTED_WITHIN_S = 30.0


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
    try:
        return BrokerProcess(await start_server(settings, users, port))
    except OSError as err:
        raise MycoderError(f"the broker's files cannot be written: {err.strerror}", "free some space") from err


async def declare_streams(settings: Settings, tell: Tell = lambda name, sentence: None, *, ours: bool = False) -> None:
    """Make the streams what they are declared to be. ours: the broker's disk is this host's.

    Raises ConfigError when the runs are spread over another number of streams, BrokerUnreachable, MycoderError.
    """
    nc = await connect(settings, ADMIN, name="supervisor")
    try:
        await _declare_patiently(nc, settings, tell, 0 if ours else ELECTED_WITHIN_S, ours=ours)
        if ours:
            await begin_queue_anew_after_reboot(nc, settings)
            await purge_acknowledged(nc, settings)
            await DiskWatch(nc, settings, tell, _just_started).look()
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker at {settings.nats_url} did not answer: {err}", "mycoder doctor") from err
    finally:
        await nc.close()


async def _declare_patiently(nc: Client, settings: Settings, tell: Tell, patience_s: float, *, ours: bool) -> None:
    """A cluster that was just started, or lost a server, answers once it has elected its leaders."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            await check_shards(nc, settings)
            await check_streams(nc, settings, tell, starting=True, ours=ours)
            return
        except BrokerUnreachable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.5)


async def check_external(settings: Settings, role: str, tell: Tell = lambda name, sentence: None) -> bool:
    """Make sure that a broker which is not ours answers. Whether we hold the admin's password, and so see to its
    streams."""
    if (settings.credentials / ADMIN).exists():
        await declare_streams(settings, tell)
        return True
    nc = await connect(settings, role, name="supervisor")
    await nc.close()
    return False


async def _just_started() -> None:
    """A server that has just been started has met no full disk yet."""


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
