"""Dead letters: what could not be handled, kept with the reason. Looking at them changes nothing.

A long payload is cut, because the letter says where the whole of it is: `Mycoder-Stream` and `Mycoder-Sequence` name
the event that the message was, or was a copy of.
"""

import json

import structlog
from nats.aio.client import Client

from mycoderai.broker.consume import Delivery
from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.schemas.subjects import ORCHESTRATOR, dead

KEPT_BYTES = 64 << 10
REASON = "Mycoder-Reason"
SUBJECT = "Mycoder-Subject"
ATTEMPTS = "Mycoder-Attempts"
STREAM = "Mycoder-Stream"
SEQUENCE = "Mycoder-Sequence"
BYTES = "Mycoder-Bytes"
log = structlog.get_logger()


async def bury(nc: Client, delivery: Delivery, reason: str) -> None:
    """Store a copy of a command nobody can handle, then end its delivery for good."""
    await keep(nc, delivery, reason)
    await delivery.term()


async def keep(nc: Client, delivery: Delivery, reason: str) -> None:
    """Store a copy of a command, once however often it is delivered."""
    stream, seq = delivery.source_stream, delivery.source_seq
    await store(
        nc,
        letter_subject(delivery.subject),
        delivery.data,
        reason,
        subject=delivery.subject,
        attempts=delivery.count,
        source=(stream, seq),
        id=f"{stream}-{seq}" if seq else "",
    )


async def store(
    nc: Client,
    dead_subject: str,
    payload: bytes,
    reason: str,
    *,
    subject: str,
    attempts: int = 1,
    source: tuple[str, int] = ("", 0),
    id: str = "",
    expected: int | None = None,
) -> int:
    """The sequence of the letter. source: stream and sequence of the event it is about. expected: last sequence on
    `dead_subject`.

    Raises BrokerUnreachable when the letter was not stored; the caller must then keep the message.
    """
    headers = {
        REASON: _one_line(reason),
        SUBJECT: _one_line(subject),
        ATTEMPTS: str(attempts),
        BYTES: str(len(payload)),
    }
    if source[1]:
        headers |= {STREAM: _one_line(source[0]), SEQUENCE: str(source[1])}
    if id:
        headers["Nats-Msg-Id"] = id
    if expected is not None:
        headers["Nats-Expected-Last-Subject-Sequence"] = str(expected)
    reply = await nc.request(dead_subject, payload[:KEPT_BYTES], timeout=5, headers=headers)
    answer = json.loads(reply.data)
    if error := answer.get("error"):
        raise BrokerUnreachable(f"the dead letter was not stored: {error.get('description')}")
    log.warning("dead.letter", subject=subject[:200], reason=reason[:300])
    return int(answer["seq"])


def letter_subject(command: str) -> str:
    """Where a letter about a command (`cmd.<pool>.<run>.<step>`) is kept."""
    _, pool, run, step, *_ = [*command.split("."), "", "", ""]
    return dead(pool, run, "" if pool == ORCHESTRATOR else step)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() and ord(char) < 128 else "?" for char in text)[:500]
