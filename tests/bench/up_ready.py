"""`mycoder up`: from starting the command to its ready line, on a new data directory and on one used before.

The processor time of all its processes until then is told too: on a host that does other work it is the part of the
wall time that repeats.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from figure import Figure
from harness import fleet_processes, running_fleet, scratch

COUNT = 7
REACH_S = 2.5


def measure() -> Iterator[Figure]:
    starts = [_two_starts() for _ in range(COUNT)]
    for number, name in enumerate(("first", "second")):
        wall, cpu = zip(*(start[number] for start in starts), strict=True)
        yield Figure(
            name=f"mycoder up to ready, {name} start", unit="s", samples=wall, reach=REACH_S, durability="power"
        )
        yield Figure(name=f"mycoder up to ready, {name} start, CPU", unit="s", samples=cpu, durability="power")


def _two_starts() -> list[tuple[float, float]]:
    with scratch() as data:
        return [_start(data), _start(data)]


def _start(data: Path) -> tuple[float, float]:
    """Wall time and processor time until it is ready."""
    started = time.monotonic()
    with running_fleet(data) as supervisor:
        wall = time.monotonic() - started
        return wall, sum(map(_cpu_s, (supervisor, *fleet_processes(data).values())))


def _cpu_s(pid: int) -> float:
    """User and system time of a process and of the children it has waited for (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
