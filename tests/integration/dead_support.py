"""What tests of dead letters share: workers in the test's own process, and the letters there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


async def all_letters(nc: Client) -> list[Letter]:
    return [letter async for letter in letters(nc)]
