"""Task queues and workflow engines beside this project, measured the same way: some hundred tasks that do nothing are
sent one after the other, each once the one before was accepted, and then every result is waited for.

Peers are no requirement of this project: these figures are made when MYCODER_BENCH_PEERS names a program that runs
them. It is called with the number of tasks and prints a line of JSON for each peer: `peer`, `tasks_per_s` and
`rtt_p50_ms`, or `peer` and `failed`. A round is all of ours and all of theirs, each with the machine to itself.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from figure import Figure
from harness import DURABILITIES, POOL, Durability, bench_fleet
from nats.aio.client import Client
from noops import Moments, Runner, remembered

PROGRAM = "MYCODER_BENCH_PEERS"
TASKS = 1000
ROUNDS = 5
SLOTS = 100
REACH: Mapping[str, tuple[Durability, float | None]] = {
    # A peer that keeps a record of every step, against ours that survives a loss of power.
    "dbos": ("power", 5.0),
    "celery": ("process", 1.0),
    "taskiq-nats": ("process", 1.0),
}
"""In which mode a peer is compared with, by the first word of its name, and how many times as fast ours is to be."""


def measure() -> Iterator[Figure]:
    if not (program := os.environ.get(PROGRAM)):
        return
    ours: dict[Durability, list[float]] = defaultdict(list)
    theirs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(ROUNDS):
        for durability in DURABILITIES:
            ours[durability].append(asyncio.run(_rate(durability)))
        for line in _peers(program):
            theirs[line["peer"]].append(line)
    for durability, rates in ours.items():
        yield _tasks(f"{TASKS} noop runs, sent one after the other", rates, durability)
    for peer, lines in theirs.items():
        yield from _beside(peer, lines, ours)


def _beside(peer: str, lines: Sequence[dict[str, Any]], ours: Mapping[Durability, list[float]]) -> Iterator[Figure]:
    durability, reach = REACH.get(peer.split()[0].split("+")[0], ("process", None))
    rates = [float(line["tasks_per_s"]) for line in lines]
    yield _tasks(f"{peer}: {TASKS} tasks, sent one after the other", rates, "-")
    trips = [float(line["rtt_p50_ms"]) for line in lines]
    yield Figure(name=f"{peer}: round trip when idle, p50", unit="ms", samples=trips)
    yield Figure(
        name=f"our runs to a task of {peer}",
        unit="x",
        samples=[mine / other for mine, other in zip(ours[durability], rates, strict=False)],
        reach=reach,
        at_least=True,
        durability=durability,
    )


def _tasks(name: str, rates: list[float], durability: str) -> Figure:
    return Figure(name=name, unit="tasks/s", samples=rates, at_least=True, durability=durability)


async def _rate(durability: Durability) -> float:
    async with bench_fleet("handlers:stamp", durability, "orchestrator", "memory", POOL, slots=SLOTS) as (_, nc):
        runner = await Runner(nc).start()
        await _one_after_the_other(nc, runner, TASKS // 4)
        return await _one_after_the_other(nc, runner, TASKS)


async def _one_after_the_other(nc: Client, runner: Runner, runs: int) -> float:
    began = time.monotonic()
    sent = [await runner.submit() for _ in range(runs)]
    done: list[Moments] = [await runner.rest_of(*one) for one in sent]
    await remembered(nc, done)
    return runs / (time.monotonic() - began)


def _peers(program: str) -> Iterator[dict[str, Any]]:
    done = subprocess.run([program, str(TASKS)], capture_output=True, text=True, check=True)
    for line in map(json.loads, (text for text in done.stdout.splitlines() if text.startswith("{"))):
        if line.get("failed"):
            print(f"{line['peer']}: not measured", file=sys.stderr)
        else:
            yield line
