"""A limit of time that means the same on a loaded host: waiting for a processor does not count.

Linux says of every thread how long it was ready to run and did not. Where it says nothing, all time counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

_open = open  # the tests that are timed replace the builtin one

MOST = 10
"""A limit ends after so many times its length, whatever was waited for."""


class Allowance:
    """Seconds that a process and the programs it starts may take, from now on."""

    _now = staticmethod(time.monotonic)  # bound here, as tests freeze or replace the one in the module

    def __init__(self, pid: int, limit_s: float) -> None:
        self._pid, self._limit_s = pid, limit_s
        self._began, self._before = self._now(), dict(kept_waiting_s(pid))
        self._kept: dict[str, float] = {}

    def left_s(self) -> float:
        """Zero or less: the limit is reached. More may be left later, when this was spent in waiting. Asking now and
        then lets count what programs waited that have ended since."""
        self._kept.update(kept_waiting_s(self._pid))
        kept_s = sum(seconds - self._before.get(thread, 0.0) for thread, seconds in self._kept.items())
        return self._limit_s - counted_s(self._now() - self._began, kept_s)


def counted_s(wall_s: float, kept_s: float) -> float:
    return max(wall_s - max(kept_s, 0.0), wall_s / MOST)


def kept_waiting_s(pid: int) -> Iterator[tuple[str, float]]:
    """How long each thread of a process and of its children was kept from a processor in its life."""
    for folder in _threads(pid):
        nanoseconds = _words(f"{folder}/schedstat")
        if nanoseconds:
            yield folder, int(nanoseconds[1]) / 1e9
        for child in _words(f"{folder}/children"):
            yield from kept_waiting_s(int(child))


def _threads(pid: int) -> list[str]:
    folder = f"/proc/{pid}/task"
    with suppress(OSError):
        return [f"{folder}/{thread}" for thread in os.listdir(folder)]
    return []


def _words(path: str) -> list[str]:
    """Nothing where the file is not there: the thread is gone, or this kernel keeps no such account."""
    with suppress(OSError), _open(path, encoding="ascii") as file:
        return file.read().split()
    return []
