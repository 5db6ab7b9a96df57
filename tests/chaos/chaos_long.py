"""Ill-treat one fleet for hours: `make chaos-long HOURS=8`. See docs/RELIABILITY.md.

Every five minutes begin with a seed of their own, which says which tests come in which order. Between them everything
comes to rest, is judged as in `make chaos`, and what the fleet uses is measured. Exit code 1 at the first violation, or
when a process grows or leaks.
"""

import argparse
import asyncio
import logging
import os
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parents[1])]

import structlog
from cases import CASES
from chaos import COLUMNS, RATE, lines
from faults_memory import no_room
from homes import SHARED
from rest import orphans
from rig import AGENTS, MEMORIES, ORCHESTRATORS, Rig
from scene import carry_out

from mycoderai.broker.api import ask_api
from mycoderai.schemas.subjects import COMMANDS

ROUND_S = 300.0
GROWTH_MB_PER_H = 1.0
SETTLED_S = 1800.0
"""Before that a process is still warming up: its growth says nothing."""


class Use(NamedTuple):
    """What a process used at a time."""

    at: float
    pid: int
    rss_mb: float
    descriptors: int


def main() -> int:
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder = Path(tempfile.mkdtemp(prefix="mycoder-chaos-long-"))
    bad = asyncio.run(_soak(folder / "data", asked.hours * 3600, asked.seed or secrets.randbits(32)))
    bad += list(orphans(folder / "data"))
    print(*bad, sep="\n")
    if not bad:
        shutil.rmtree(folder)
    return 1 if bad else 0


async def _soak(data: Path, seconds: float, seed: int) -> list[str]:
    rng = random.Random(seed)  # noqa: S311
    used: defaultdict[str, list[Use]] = defaultdict(list)
    print(f"seed {seed}, {seconds / 3600:g} h\n" + COLUMNS.format("test", "number", "runs", "steps", "faults", "s", ""))
    async with Rig(data, seed) as rig:
        consumers, until = await _consumers(rig), time.monotonic() + seconds
        while time.monotonic() < until:
            if bad := await _round(rig, rng.randrange(2**32), min(until, time.monotonic() + ROUND_S)):
                return bad
            _measure(rig, used)
            if (now := await _consumers(rig)) != consumers:
                return [f"there are {now} consumers, and were {consumers}"]
    return [said for name, uses in used.items() for said in _grows(name, uses)]


async def _round(rig: Rig, seed: int, until: float) -> list[str]:
    rig.seed = seed
    rng = random.Random(seed)  # noqa: S311
    # Hours of memory have no room on a small disk, so it cannot be filled here.
    sharing = [case for case in CASES if case.home is SHARED and not case.lacks() and case.fault is not no_room]
    cases = rng.sample(sharing, len(sharing))
    while time.monotonic() < until and cases:
        outcome = await carry_out(rig, cases.pop(), rate=RATE, longer=rng.uniform(1, 4))
        print("\n".join(lines(outcome)), flush=True)
        if outcome.violations:
            return [f"seed {seed}: {violation}" for violation in outcome.violations]
    return []


async def _consumers(rig: Rig) -> int:
    return len((await ask_api(rig.admin, f"CONSUMER.LIST.{COMMANDS}"))["consumers"])


def _measure(rig: Rig, used: defaultdict[str, list[Use]]) -> None:
    for name in ("nats-server", *ORCHESTRATORS, *MEMORIES, *AGENTS):
        used[name].append(_use_of(rig.pid(name)))
    used["clients and supervisor"].append(_use_of(os.getpid()))
    print(
        "  " + ", ".join(f"{name} {uses[-1].rss_mb:.0f} MB {uses[-1].descriptors} fds" for name, uses in used.items())
    )


def _use_of(pid: int) -> Use:
    status = Path(f"/proc/{pid}/status").read_text()
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return Use(time.monotonic(), pid, rss / 1024, len(os.listdir(f"/proc/{pid}/fd")))


def _grows(name: str, uses: list[Use]) -> list[str]:
    """Only what one process used over a long time says something; most are killed before."""
    last = [use for use in uses if use.pid == uses[-1].pid and use.at > uses[0].at + SETTLED_S]
    hours = (last[-1].at - last[0].at) / 3600 if last else 0.0
    if hours < 0.5:
        return []
    slope = (last[-1].rss_mb - last[0].rss_mb) / hours
    wrong = [f"{name} grows by {slope:.1f} MB an hour"] if slope > GROWTH_MB_PER_H else []
    return wrong + ([f"{name} leaks descriptors"] if last[-1].descriptors > last[0].descriptors + 10 else [])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0, help="0: a random one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
