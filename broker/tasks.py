"""Ending asyncio tasks for certain."""

import asyncio
from collections.abc import Collection
from typing import Any


async def end(tasks: Collection[asyncio.Task[Any]], patience_s: float = 0.1) -> None:
    """Cancel until it is so, and return when every task has ended, whatever it ended with.

    Once is not enough: before Python 3.12 `wait_for`, and with it every request to the broker, forgets a
    cancellation that arrives together with the reply.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=patience_s)
    await asyncio.gather(*tasks, return_exceptions=True)
