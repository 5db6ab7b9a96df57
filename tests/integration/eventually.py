"""For what nobody signals: looking again until it is so."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.5
WITHIN_S = 60.0
"""Long, as a loaded host takes its time; who looks at what will be so waits no longer for it."""


async def eventually(look: Callable[[], T | Awaitable[T]], within_s: float = WITHIN_S) -> T:
    """What `look` says, once that is true. Use the log, a process's end or a message instead where there is one."""
    pause_s = FIRST_PAUSE_S
    async with asyncio.timeout(within_s):
        while True:
            found = look()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found  # type: ignore[return-value]
            await asyncio.sleep(pause_s)
            pause_s = min(1.5 * pause_s, LONGEST_PAUSE_S)
