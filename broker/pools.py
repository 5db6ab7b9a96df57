"""Which pools exist, those with a durable consumer on the command queue, and whether anybody serves one."""

import json
from typing import Any

import nats.errors
from nats.aio.client import Client

from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR


async def known_pools(nc: Client) -> frozenset[str]:
    names: set[str] = set()
    while True:
        answer = await _asked(nc, f"CONSUMER.NAMES.{COMMANDS}", {"offset": len(names)})
        page = answer.get("consumers") or []
        names.update(page)
        if not page or len(names) >= answer.get("total", 0):
            return frozenset(names) - {ORCHESTRATOR}


async def is_unattended(nc: Client, pool: str) -> bool:
    """Whether no worker waits for the pool's steps and none is at work on one. True for a moment, too, while its
    only worker starts or reconnects."""
    info = await _asked(nc, f"CONSUMER.INFO.{COMMANDS}.{pool}")
    return not (info.get("num_waiting") or info.get("num_ack_pending"))


async def _asked(nc: Client, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Raises BrokerUnreachable when nobody answers; what does not exist answers without any of the fields."""
    try:
        reply = await nc.request(f"$JS.API.{verb}", json.dumps(body).encode() if body else b"", timeout=5)
    except (nats.errors.TimeoutError, nats.errors.NoRespondersError) as err:
        raise BrokerUnreachable(f"the broker did not answer {verb}", "mycoder doctor") from err
    answer: dict[str, Any] = json.loads(reply.data)
    return answer
