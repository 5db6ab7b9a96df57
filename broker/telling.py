"""How the gateway learns what every process says of itself: it asks all at once, and each tells on its own role's
subject.

A process answers on no subject that the asker names, so nobody needs the right to write into another's inbox.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.report import COUNTED, DrainAsked, Report, Wanted, drain, report, this_process
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.subjects import DRAIN_ASKED, METRICS_ASKED, METRICS_TOLD, metrics_told

GATHER_S = 0.2
OBEYED_WITHIN_S = 2.0
_NAME = re.compile(r"\S+:\d+")
Said = TypeVar("Said")
log = structlog.get_logger()


class NoSuchWorker(MycoderError):
    """Nobody of that name answers."""


async def tell(nc: Client, role: str, roles: tuple[str, ...]) -> None:
    """From now on, tell whoever asks, and drain when told to; `role` is the one that the connection is made as."""

    async def say(wanted: Wanted) -> None:
        await nc.publish(metrics_told(role), msgspec.json.encode(report(roles, wanted)))

    async def on_asked(msg: Msg) -> None:
        wanted = _read(msg, Wanted) if msg.data else COUNTED
        if wanted:
            await say(wanted)

    async def on_drain(msg: Msg) -> None:
        asked = _read(msg, DrainAsked)
        if asked and asked.worker == this_process():
            drain(asked.draining)
            log.info("worker.draining" if asked.draining else "worker.taking_steps")
            await say(Wanted(rows=False))

    await nc.subscribe(METRICS_ASKED, cb=on_asked)
    await nc.subscribe(DRAIN_ASKED, cb=on_drain)


async def gather(nc: Client, within_s: float = GATHER_S, wanted: Wanted = COUNTED) -> list[Report]:
    """What the processes that answer in time tell."""
    told: dict[str, Report] = {}
    async with _hearing(nc) as reports:
        await nc.publish(METRICS_ASKED, msgspec.json.encode(wanted))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):  # how many there are, nobody knows
                while True:
                    one = await reports.get()
                    told[one.worker] = one
    return list(told.values())


async def order_drain(nc: Client, worker: str, draining: bool) -> Report:
    """Have a worker take no more steps, or take them again; what it then tells of itself, where it takes no steps
    the same as before. Raises NoSuchWorker, at once for what is no name of a worker."""
    if not _NAME.fullmatch(worker):
        raise _nobody(worker)
    async with _hearing(nc) as reports:
        await nc.publish(DRAIN_ASKED, msgspec.json.encode(DrainAsked(worker=worker, draining=draining)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OBEYED_WITHIN_S):
                while True:
                    one = await reports.get()
                    # Somebody else may have asked it just before.
                    if one.worker == worker and one.draining in (draining, None):
                        return one
    raise _nobody(worker)


def _nobody(worker: str) -> NoSuchWorker:
    return NoSuchWorker(f"no worker {worker[:100]!r} answers", "mycoder fleet lists those that do")


@contextlib.asynccontextmanager
async def _hearing(nc: Client) -> AsyncIterator["asyncio.Queue[Report]"]:
    """What is told from now on."""
    told: asyncio.Queue[Report] = asyncio.Queue()

    async def on_told(msg: Msg) -> None:
        if one := _read(msg, Report):
            told.put_nowait(one)

    subscription = await nc.subscribe(METRICS_TOLD, cb=on_told)
    try:
        yield told
    finally:
        await subscription.unsubscribe()


def _read(msg: Msg, type_: type[Said]) -> Said | None:
    try:
        return msgspec.json.decode(msg.data, type=type_)
    except msgspec.DecodeError as err:
        log.warning("report.unreadable", subject=msg.subject, error=str(err)[:200])
        return None
