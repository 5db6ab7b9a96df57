"""Dead letters: what could not be handled, kept with the reason. Looking at them changes nothing."""

import json

import structlog
from nats.aio.client import Client

from mycoderai.broker.consume import Delivery
from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.schemas.subjects import dead

KEPT_BYTES = 64 << 10
REASON = "Mycoder-Reason"
SUBJECT = "Mycoder-Subject"
ATTEMPTS = "Mycoder-Attempts"
log = structlog.get_logger()


async def bury(nc: Client, pool: str, delivery: Delivery, reason: str, *, run: str = "", step: str = "") -> None:
    """Store a copy of a command nobody can handle, then end its delivery for good."""
    await store(nc, dead(pool, run, step), delivery.data, reason, subject=delivery.subject, attempts=delivery.count)
    await delivery.term()


async def store(
    nc: Client, dead_subject: str, payload: bytes, reason: str, *, subject: str, attempts: int = 1, id: str = ""
) -> None:
    """Raises BrokerUnreachable when the letter was not stored; the caller must then keep the message."""
    headers = {REASON: _one_line(reason), SUBJECT: _one_line(subject), ATTEMPTS: str(attempts)}
    if id:
        headers["Nats-Msg-Id"] = id
    reply = await nc.request(dead_subject, payload[:KEPT_BYTES], timeout=5, headers=headers)
    error = json.loads(reply.data).get("error")
    if error:
        raise BrokerUnreachable(f"the dead letter was not stored: {error.get('description')}")
    log.warning("dead.letter", subject=subject[:200], reason=reason[:300])


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() and ord(char) < 128 else "?" for char in text)[:500]
