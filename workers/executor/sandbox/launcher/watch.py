"""Decide whether a running box must be stopped, and why. Looking costs time, so each look says when the next is due."""

from __future__ import annotations

import os
import time

from . import cgroup, disk, tree
from .job import Job

TICK_S = 0.025
DISK_S = 0.3
FULL_S = 1.0
"How long a tree may sit at its process limit: a build that hits it once goes on, a fork bomb does not."


class Watch:
    """Looks at the box every TICK_S; `reason()` is the limit that was broken, or empty.

    A look never takes more than a tenth of the time, however large the tree.
    """

    def __init__(self, job: Job, group: cgroup.Group | None) -> None:
        self._job = job
        self._group = group
        self._me = os.getpid()
        now = time.monotonic()
        self._deadline = now + job.wall_s
        self._next_look = now + TICK_S
        self._next_disk = now + TICK_S * 4
        self._full_since = 0.0
        self.cpu_s = 0.0

    def wait_s(self) -> float:
        """How long to sleep before `reason` has something new to say."""
        return max(0.0, min(self._next_look, self._deadline) - time.monotonic())

    def reason(self) -> str:
        now = time.monotonic()
        if now >= self._deadline:
            return "wall"
        if now < self._next_look:
            return ""
        broken = self._look(now)
        self._next_look = time.monotonic() + max(TICK_S, 10 * (time.monotonic() - now))
        return broken

    def _look(self, now: float) -> str:
        pids = tree.descendants(self._me)
        use = tree.sample(pids)
        self.cpu_s = max(self.cpu_s, use.cpu_s)
        if self.cpu_s > self._job.cpu_s:
            return "cpu"
        if self._too_many(use.tasks, now):
            return "processes"
        if self._too_big(use.rss_bytes, pids):
            return "memory"
        if now >= self._next_disk:
            return self._look_at_disk(now)
        return ""

    def _too_many(self, tasks: int, now: float) -> bool:
        if tasks < self._job.processes:
            self._full_since = 0.0
            return False
        if tasks > self._job.processes + 8:
            return True  # nothing in the kernel holds it back
        self._full_since = self._full_since or now
        return now - self._full_since > FULL_S

    def _too_big(self, rss_bytes: int, pids: list[int]) -> bool:
        if self._group:
            return self._group.out_of_memory()
        limit = self._job.memory_bytes
        return rss_bytes > limit and tree.shared_fairly_bytes(pids) > limit

    def _look_at_disk(self, now: float) -> str:
        used = disk.used_bytes(self._job.disk_trees)
        self._next_disk = time.monotonic() + max(DISK_S, 10 * (time.monotonic() - now))
        return "disk" if used > self._job.disk_bytes else ""
