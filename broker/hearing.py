"""Proof that this process hears the broker, which is more than that it lives and is connected."""

import asyncio
import contextlib
from collections import Counter

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.connect import connections
from mycoderai.schemas.errors import Deaf

CHECK_S = 5
"""How often, and how fast, the broker has to answer on every connection."""
MOST_UNANSWERED = 6


async def prove_receiving(stop: asyncio.Event) -> None:
    """Raises Deaf when a connection is closed for good, or when the broker leaves it unanswered for long.

    One that is connecting again is left alone: it does so for ever.
    """
    unanswered: Counter[Client] = Counter()
    while not stop.is_set():
        for nc in connections():
            unanswered[nc] = 0 if await _answers(nc) else unanswered[nc] + 1
            if stop.is_set():
                return
            if nc.is_closed:
                raise Deaf("the connection to the broker is closed for good")
            if unanswered[nc] == MOST_UNANSWERED:
                raise Deaf("the broker does not answer, although it is connected")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CHECK_S):
                await stop.wait()


async def _answers(nc: Client) -> bool:
    if not nc.is_connected:
        return True
    try:
        await nc.flush(CHECK_S)
    except nats.errors.Error:
        return False
    return True
