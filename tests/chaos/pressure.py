"""How long something that could run waited for a processor: what a busy host takes of a promise in seconds."""

import asyncio
import time
from bisect import bisect_left
from pathlib import Path

EVERY_S = 0.2
_KERNEL = Path("/proc/pressure/cpu")


class Pressure:
    """Looks now and then, from `run`; before that, and where the kernel does not count, nobody has waited."""

    def __init__(self) -> None:
        self._at: list[float] = []
        self._waited_s: list[float] = []

    async def run(self) -> None:
        while _KERNEL.exists():
            self._at.append(time.time())
            self._waited_s.append(int(_KERNEL.read_text().split("\n")[0].rpartition("=")[2]) / 1e6)
            await asyncio.sleep(EVERY_S)

    def waited_s(self, since: float, until: float) -> float:
        """Between two moments, in seconds since 1970; at most what lies between them."""
        if not self._at:
            return 0.0
        first, last = (min(bisect_left(self._at, moment), len(self._at) - 1) for moment in (since, until))
        return min(self._waited_s[last] - self._waited_s[first], until - since)
