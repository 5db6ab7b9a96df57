"""See and stop every process below this one. As a child subreaper the launcher inherits whatever daemonises."""

from __future__ import annotations

import os
import time

SIGKILL, SIGSTOP = 9, 19
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample:
    """What the tree uses now."""

    def __init__(self, tasks: int, rss_bytes: int, cpu_s: float) -> None:
        self.tasks = tasks
        self.rss_bytes = rss_bytes
        self.cpu_s = cpu_s


def descendants(root: int) -> list[int]:
    """Pids below `root`, without it. A snapshot: processes come, go and move to another parent while it is taken."""
    found: set[int] = set()
    queue = [root]
    while queue:
        children = [pid for pid in _children(queue.pop()) if pid not in found]
        found.update(children)
        queue += children
    return list(found)


def _children(pid: int) -> list[int]:
    pids: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb", buffering=0) as file:
                pids += map(int, file.read().split())
    except OSError:
        pass  # the process or the thread has ended
    return pids


def sample(pids: list[int]) -> Sample:
    tasks = rss = ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        # From proc(5), less the three fields before: utime 11, stime 12, cutime 13, cstime 14, threads 17, rss 21.
        ticks += sum(map(int, fields[11:15]))
        tasks += int(fields[17])
        rss += int(fields[21])
    return Sample(tasks, rss * PAGE, ticks / TICKS_PER_S)


def shared_fairly_bytes(pids: list[int]) -> int:
    """Memory with shared pages counted once. Up to 30 times slower than RSS, which counts them per process."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb", buffering=0) as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(b"Pss:"))
    return total * 1024


def kill_all(root: int) -> None:
    """Send SIGKILL to everything below `root`. Stopping it all first keeps a fork bomb from outrunning the walk."""
    seen: set[int] = set()
    while fresh := set(descendants(root)) - seen:
        for pid in fresh:
            _signal(pid, SIGSTOP)
        seen |= fresh
    for pid in seen:
        _signal(pid, SIGKILL)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return  # gone already


def reap(main_pid: int) -> int:
    """Kill and wait until no child is left. Returns the wait status of `main_pid`."""
    status = 0
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == main_pid:
            status = ended
        elif pid == 0:
            kill_all(os.getpid())
            time.sleep(0.001)
