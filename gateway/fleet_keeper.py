"""Keeps one process running: starts it, and starts it again when it dies."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from mycoderai.schemas.errors import MycoderError

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
HEALTHY_AFTER_S = 5.0

Tell = Callable[[str, str], None]
"""Takes a process name and a sentence about it."""


class Running(Protocol):
    pid: int

    async def wait_end(self) -> int: ...


class Backoff:
    """Pauses before restarts: they double up to a bound, and start over after a healthy spell."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = random.random
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._failures = 0
        self._started = clock()

    def started(self) -> None:
        self._started = self._clock()

    def pause_s(self) -> float:
        """How long to wait now that the process has ended."""
        if self._clock() - self._started >= HEALTHY_AFTER_S:
            self._failures = 0
        pause = min(FIRST_PAUSE_S * 2.0**self._failures, LONGEST_PAUSE_S)
        self._failures += 1
        return pause * (0.75 + self._jitter() / 2)


async def nothing(running: Running) -> None:
    pass


async def keep(
    name: str,
    running: Running,
    start: Callable[[], Awaitable[Running]],
    tell: Tell,
    *,
    ended: Callable[[Running], Awaitable[None]] = nothing,
) -> None:
    """Wait for a process to end and start it again, until cancelled. `start` returns once it is ready; `ended` is
    called with every one that has ended, before anything is waited for."""
    backoff = Backoff()
    while True:
        code = await running.wait_end()
        tell(name, f"ended ({describe(code)}); starting it again")
        await ended(running)
        while True:
            await asyncio.sleep(backoff.pause_s())
            backoff.started()
            try:
                running = await start()
                break
            except MycoderError as err:
                tell(name, f"{err.message}; trying again")
        tell(name, f"is back as process {running.pid}")


def describe(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
