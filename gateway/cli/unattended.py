"""Saying that a step waits for workers of which there are none, rather than waiting in silence."""

import asyncio

from mycoderai.broker.pools import is_unattended
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.view import RunView
from mycoderai.schemas.settings import Settings

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
                session.note(sentence(pool, session.settings))


def sentence(pool: str, settings: Settings) -> str:
    named = "" if pool in settings.all_pools else f"MYCODER_POOLS={pool} "
    return f"No worker takes steps for {pool}. Start one: {named}mycoder worker --role {pool}"
