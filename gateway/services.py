"""Questions to the fleet's services, which name who does not answer as a person knows it."""

from typing import TypeVar

from nats.aio.client import Client

from mycoderai.broker.request import LOST_AFTER_S, call
from mycoderai.schemas.errors import ServiceLost

Reply = TypeVar("Reply")


async def ask_service(
    nc: Client,
    name: str,
    subject: str,
    question: object,
    reply_type: type[Reply],
    *,
    timeout_s: float,
    lost_after_s: float = LOST_AFTER_S,
) -> Reply:
    """As `call`, of the service that a person calls `name`."""
    try:
        return await call(nc, subject, question, reply_type, timeout_s=timeout_s, lost_after_s=lost_after_s)
    except ServiceLost as err:
        missing = name if nc.is_connected else "the broker"
        raise ServiceLost(f"{missing} does not answer just now") from err
