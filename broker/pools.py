"""Which pools exist: those with a durable consumer on the command queue."""

import json

from nats.aio.client import Client

from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR


async def known_pools(nc: Client) -> frozenset[str]:
    names: set[str] = set()
    while True:
        reply = await nc.request(
            f"$JS.API.CONSUMER.NAMES.{COMMANDS}", json.dumps({"offset": len(names)}).encode(), timeout=5
        )
        answer = json.loads(reply.data)
        page = answer.get("consumers") or []
        names.update(page)
        if not page or len(names) >= answer.get("total", 0):
            return frozenset(names) - {ORCHESTRATOR}
