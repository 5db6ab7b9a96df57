"""What tests of dead letters share: workers in the test's own process, and the letters there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eventually import eventually
from nats.aio.client import Client

from mycoderai.broker.consume import Handler, PullLoop
from mycoderai.broker.letters import Letter, letters


@asynccontextmanager
async def serving(nc: Client, pool: str, handler: Handler) -> AsyncIterator[None]:
    stop = asyncio.Event()
    loop = PullLoop(nc, pool, 4, handler)
    running = asyncio.create_task(loop.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running
        await loop.drain(1)


async def letters_kept(nc: Client, count: int, pool: str = "") -> list[Letter]:
    """The letters, of one pool or all, once there are as many: nothing is appended to a log when one is kept."""

    async def enough() -> list[Letter] | None:
        found = [letter for letter in await all_letters(nc) if pool in ("", letter.pool)]
        return found if len(found) >= count else None

    return await eventually(enough)


async def all_letters(nc: Client) -> list[Letter]:
    return [letter async for letter in letters(nc)]
