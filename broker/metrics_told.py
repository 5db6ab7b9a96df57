"""How the gateway gets the metrics of every process: it asks all at once, and each tells on its own role's subject.

A process answers on no subject that the asker names, so nobody needs the right to write into another's inbox.
"""

import asyncio
import os
import socket

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.metrics import Report, own_rows
from mycoderai.schemas.subjects import METRICS_ASKED, METRICS_TOLD, metrics_told

GATHER_S = 0.2
log = structlog.get_logger()


def report(roles: tuple[str, ...]) -> Report:
    return Report(worker=f"{socket.gethostname()}:{os.getpid()}", roles=roles, rows=own_rows())


async def tell(nc: Client, role: str, roles: tuple[str, ...]) -> None:
    """From now on, tell whoever asks; `role` is the one that the connection is made as."""

    async def on_asked(_: Msg) -> None:
        await nc.publish(metrics_told(role), msgspec.json.encode(report(roles)))

    await nc.subscribe(METRICS_ASKED, cb=on_asked)


async def gather(nc: Client, within_s: float = GATHER_S) -> list[Report]:
    """What the processes that answer in time tell."""
    told: dict[str, Report] = {}

    async def on_told(msg: Msg) -> None:
        try:
            one = msgspec.json.decode(msg.data, type=Report)
        except msgspec.DecodeError as err:
            log.warning("metrics.unreadable", subject=msg.subject, error=str(err)[:200])
            return
        told[one.worker] = one

    subscription = await nc.subscribe(METRICS_TOLD, cb=on_told)
    try:
        await nc.publish(METRICS_ASKED, b"")
        await asyncio.sleep(within_s)  # how many there are, nobody knows
    finally:
        await subscription.unsubscribe()
    return list(told.values())
