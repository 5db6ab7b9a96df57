"""Saying that a step waits for workers of which there are none, rather than waiting in silence."""

import asyncio
import json

from nats.aio.client import Client

from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.view import RunView
from mycoderai.schemas.subjects import COMMANDS

LOOK_EVERY_S = 3.0
LOOKS = 2
"""So often in a row nobody may be there: a worker that has just started, or reconnects, does not pull yet."""


async def watch(session: Session, view: RunView) -> None:
    """Tell the person once for each pool. Ends only when it is cancelled."""
    missed: dict[str, int] = {}
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for pool in {step.spec.taken_by for step in view.steps.values() if step.state == "ready"}:
            missed[pool] = missed.get(pool, 0) + 1 if await is_unattended(session.nc, pool) else 0
            if missed[pool] == LOOKS:
                session.note(f"No worker takes steps for {pool}. Start one: mycoder worker --role {pool}")


async def is_unattended(nc: Client, pool: str) -> bool:
    """Whether no worker waits for the pool's steps and none is at work on one."""
    reply = await nc.request(f"$JS.API.CONSUMER.INFO.{COMMANDS}.{pool}", b"", timeout=5)
    info = json.loads(reply.data)
    return not (info.get("num_waiting") or info.get("num_ack_pending"))
