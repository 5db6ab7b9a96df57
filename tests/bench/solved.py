"""Faulty programs the repair engine solves: counted by `repair.py`, which prints its summary as its last line."""

import json
import os
import sys
from collections.abc import Iterator

from figure import Figure
from harness import HERE, running

REACH = 32
SCRIPT = HERE / "repair.py"


def measure() -> Iterator[Figure]:
    summary = _summary()
    yield Figure(
        name=f"faulty programs solved, of {summary['programs']}",
        unit="programs",
        samples=[summary["solved"]],
        reach=REACH,
        at_least=True,
    )
    yield Figure(name="false successes", unit="programs", samples=[summary["false_successes"]], reach=0)


def _summary() -> dict[str, float]:
    with running([sys.executable, str(SCRIPT)], dict(os.environ)) as process:
        lines = [line for line in process.stdout or () if line.startswith("{")]
        code = process.wait()
    if code or not lines:
        raise RuntimeError(f"{SCRIPT.name} ended with {code}")
    summary: dict[str, float] = json.loads(lines[-1])
    return summary
