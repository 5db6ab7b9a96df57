"""`mycoder up`: from starting the command to its ready line, on a new data directory and on one used before."""

import time
from collections.abc import Iterator
from pathlib import Path

from figure import Figure
from harness import running_fleet, scratch

COUNT = 7
REACH_S = 2.5


def measure() -> Iterator[Figure]:
    first, again = [], []
    for _ in range(COUNT):
        with scratch() as data:
            first.append(_seconds(data))
            again.append(_seconds(data))
    yield Figure(name="mycoder up to ready, first start", unit="s", samples=first, reach=REACH_S, durability="power")
    yield Figure(name="mycoder up to ready, second start", unit="s", samples=again, reach=REACH_S, durability="power")


def _seconds(data: Path) -> float:
    started = time.monotonic()
    with running_fleet(data):
        return time.monotonic() - started
