"""Memory of an idle fleet, five seconds after it was ready: each process, and all of them with the broker.

RSS counts a page shared by several processes once for each; PSS shares it out, so only the sum of PSS is what the
fleet takes from the host.
"""

import time
from collections.abc import Iterator

from figure import Figure
from harness import fleet_processes, running_fleet, scratch

COUNT = 3
IDLE_S = 5.0
WORKER_REACH_MB = 45.0
FLEET_REACH_MB = 350.0


def measure() -> Iterator[Figure]:
    seen = [_memory() for _ in range(COUNT)]
    for name in seen[0]:
        worker = name not in ("model", "nats-server", "mycoder up")
        yield Figure(
            name=f"idle RSS, {name}",
            unit="MB",
            samples=[one[name][0] for one in seen],
            reach=WORKER_REACH_MB if worker else None,
        )
    totals = [[sum(column) for column in zip(*one.values(), strict=True)] for one in seen]
    yield Figure(name="idle RSS, whole fleet", unit="MB", samples=[rss for rss, _ in totals], reach=FLEET_REACH_MB)
    yield Figure(name="idle PSS, whole fleet", unit="MB", samples=[pss for _, pss in totals])


def _memory() -> dict[str, tuple[float, float]]:
    """RSS and PSS in MB by process."""
    with scratch() as data, running_fleet(data) as supervisor:
        time.sleep(IDLE_S)  # what is measured is a fleet left alone for this long
        pids = {**fleet_processes(data), "mycoder up": supervisor}
        return {name: _of(pid) for name, pid in sorted(pids.items())}


def _of(pid: int) -> tuple[float, float]:
    with open(f"/proc/{pid}/smaps_rollup") as file:
        rows = dict(line.split(":", 1) for line in file if ":" in line and line[0].isupper())
    rss, pss = (int(rows[key].split()[0]) * 1024 / 1e6 for key in ("Rss", "Pss"))
    return rss, pss
