"""Ending asyncio tasks for certain."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any


async def all_or_none(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run at once; the results in order. When one fails or the caller is cancelled, the others are cancelled, and
    have undone what they did, before that is raised.

    Each is cancelled once only. `gather` passes on a cancellation and returns with the first that has ended; to
    cancel the rest again, as one must after a failure, would interrupt their cleaning up.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    if not tasks:
        return []
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in ended:
        task.result()
    return [task.result() for task in tasks]


async def end(tasks: Collection[asyncio.Task[Any]], patience_s: float = 0.1) -> None:
    """Cancel until it is so, and return when every task has ended, whatever it ended with.

    Once is not enough: before Python 3.12 `wait_for`, and with it every request to the broker, forgets a
    cancellation that arrives together with the reply.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=patience_s)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # taken note of, or the loop would complain of it
