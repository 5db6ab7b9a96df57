"""Handing back what a dead worker held, so that nobody has to wait until it is missed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import nats.errors

from mycoderai.broker.connect import connect
from mycoderai.broker.consume import ack_token
from mycoderai.broker.request import DIED, STATUS
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings


async def hand_back(settings: Settings, ack_subjects: Iterable[str]) -> str:
    """Tell the broker to deliver these again now. Why that was not possible, or nothing.

    Only for deliveries whose lease still runs: a refusal by somebody who lost the lease takes the command away from
    whoever has it now. What has been acknowledged meanwhile is left alone by the broker.
    """
    by_pool: dict[str, list[str]] = defaultdict(list)
    for subject in ack_subjects:
        by_pool[ack_token(subject, 3)].append(subject)
    try:
        await asyncio.gather(*(_refuse(settings, pool, subjects) for pool, subjects in by_pool.items()))
    except (MycoderError, nats.errors.Error) as err:
        return str(err)
    return ""


async def tell_lost(settings: Settings, service: str, inboxes: Iterable[str]) -> str:
    """Tell those who wait for a dead service that no answer will come. Why that was not possible, or nothing."""
    try:
        await _publish(settings, service, inboxes, f"the {service} worker has died".encode(), {STATUS: DIED})
    except (MycoderError, nats.errors.Error) as err:
        return str(err)
    return ""


async def _refuse(settings: Settings, pool: str, ack_subjects: list[str]) -> None:
    await _publish(settings, pool, ack_subjects, b"-NAK")


async def _publish(
    settings: Settings, role: str, subjects: Iterable[str], payload: bytes, headers: dict[str, str] | None = None
) -> None:
    nc = await connect(settings, role, name="supervisor")
    try:
        for subject in subjects:
            await nc.publish(subject, payload, headers=headers)
        await nc.flush(2)
    finally:
        await nc.close()
