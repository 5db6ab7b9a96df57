"""Faulty programs the repair engine solves: `repair.py` tries each and prints a line for it, and a summary at the end.

A program gets a minute, a fifth of what a run has by default: what is solved in one is solved in five, and programs
nothing can solve do not take the morning. The reach is 32 of 40, that is four in five, of however many programs the
corpus has by now.
"""

import json
import math
import os
import sys
from collections.abc import Iterator
from typing import Any

from figure import Figure
from harness import HERE, running, scratch

REACH = 32 / 40
BUDGET_S = 60
SCRIPT = HERE / "repair.py"


def measure() -> Iterator[Figure]:
    *programs, last = _lines()
    summary = last["summary"]
    solved, wanted = map(int, summary["solved"].split(" of "))
    yield Figure(
        name=f"faulty programs solved, of {wanted}",
        unit="programs",
        samples=[solved],
        reach=math.ceil(wanted * REACH),
        at_least=True,
    )
    yield Figure(name="false successes", unit="programs", samples=[summary["false_successes"]], reach=0)
    seconds = [one["seconds"] for one in programs if one["expect"] == "solve" and one["status"] == "solved"]
    yield Figure(name="time to solve one", unit="s", samples=seconds)
    tests = [one["test_runs"] for one in programs if one["expect"] == "solve" and one["status"] == "solved"]
    yield Figure(name="test runs to solve one", unit="runs", samples=tests)


def _lines() -> list[dict[str, Any]]:
    command = [sys.executable, str(SCRIPT), "--budget-s", str(BUDGET_S)]
    # Its copies of programs go where they are removed even when it is killed.
    with scratch() as folder, running(command, {**os.environ, "TMPDIR": str(folder)}) as process:
        lines = [json.loads(line) for line in process.stdout or () if line.startswith("{")]
        code = process.wait()
    if not lines or "summary" not in lines[-1]:
        raise RuntimeError(f"{SCRIPT.name} ended with {code} and without a summary")
    return lines
