"""Cut the power of a fleet at work, many times, and look at what is left: `make power IMAGES=200`.

A fleet works at load on a disk of its own (`power_disk.py`). At random moments, from its start on, all of its
processes are stopped, the disk's image is copied, and they go on. A second fleet is then started from each copy and
compared with the ledger of what the first one had said (`power_load.py`, `power_recovery.py`). A JSON line for each
image on stdout, the sums on stderr; exit code 1 when a promise of `power` was broken. With `--durability process`,
which promises nothing here, losses are expected: they show that the rig finds them.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from power_disk import Disk, NotAtRest, why_not, workshop
from power_load import Ledger, Load
from power_recovery import ROLES, Found, recover, settings_for

from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_data import read_record

IMAGES_EACH = 20
"""From one fleet; then a new one, so that the beginning is met often and the log stays short."""
AGES_S = (0.0, 0.0, 40.0)
"""How long fleets work before images are taken, by turns. After half a minute the kernel writes by itself what nobody
asked for, and not everything at the same time."""
SHARDS = (1, 2)
PAUSE_S = (0.05, 1.0)
AT_WORK_WITHIN_S = 60.0


class Plan(NamedTuple):
    """Of one fleet."""

    durability: str
    shards: int
    age_s: float
    images: int
    seed: int


class Cut(NamedTuple):
    """One image, and what had been said by then."""

    image: Path
    ledger: Ledger
    at_s: float


async def take_images(root: Path, plan: Plan) -> list[Cut]:
    """From one fleet; a quarter of them while it starts, unless it is to have worked for a while."""
    chance = random.Random(plan.seed)  # noqa: S311 - to be repeated
    cuts: list[Cut] = []
    with Disk.make(root / "running.img") as disk:
        fleet = Fleet(settings_for(disk.folder, plan.durability, plan.shards), ROLES)
        began = time.monotonic()
        starting = asyncio.create_task(fleet.start())
        try:
            while not plan.age_s and not starting.done() and len(cuts) < plan.images // 4:
                await asyncio.sleep(chance.uniform(0, 0.15))
                await _cut(disk, Ledger(), root, cuts, began)
            await starting
            async with Load(fleet.settings, root) as load:
                async with asyncio.timeout(AT_WORK_WITHIN_S):
                    await load.at_work.wait()
                await asyncio.sleep(plan.age_s)
                while len(cuts) < plan.images:
                    await asyncio.sleep(chance.uniform(*PAUSE_S))
                    await _cut(disk, load.ledger, root, cuts, began)
                if failure := load.failure():
                    raise failure
        finally:
            await asyncio.gather(starting, return_exceptions=True)
            await fleet.stop()
    disk.image.unlink()
    return cuts


async def _cut(disk: Disk, ledger: Ledger, root: Path, cuts: list[Cut], began: float) -> None:
    image = root / f"cut-{len(cuts):03}.img"
    with _stopped(disk.folder / "data"):
        try:
            await asyncio.to_thread(disk.cut, image)
        except NotAtRest:
            image.unlink()
            return
        # What the stopped processes had sent is still taken in meanwhile: it was said before the power failed.
        cuts.append(Cut(image, ledger.copy(), time.monotonic() - began))


@contextmanager
def _stopped(data: Path) -> Iterator[None]:
    record = read_record(data)
    pids = [pid for pid, _ in record.processes.values()] if record else []
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def judge(cut: Cut, plan: Plan, root: Path) -> Found:
    """Start a fleet from the image, which is used up by that."""
    scratch = root / "scratch"
    scratch.mkdir(exist_ok=True)
    with Disk(cut.image) as disk:
        return await recover(settings_for(disk.folder, plan.durability, plan.shards), cut.ledger, scratch)


def plans(durability: str, images: int, seed: int) -> Iterator[Plan]:
    for number, first in enumerate(range(0, images, IMAGES_EACH)):
        age_s, shards = AGES_S[number % len(AGES_S)], SHARDS[number % len(SHARDS)]
        yield Plan(durability, shards, age_s, min(IMAGES_EACH, images - first), seed + number)


async def carry_out(plan: Plan) -> AsyncIterator[dict[str, Any]]:
    with workshop() as root:
        for cut in await take_images(root, plan):
            found = await judge(cut, plan, root)
            cut.image.unlink()
            yield {**plan._asdict(), "at_s": cut.at_s, "whole": found.is_whole, **asdict(found)}


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    lost: Counter[str] = Counter()
    for row in rows:
        lost.update(row["lost"])
    started = [row for row in rows if not row["refused"]]
    return {
        "durability": rows[0]["durability"],
        "images": len(rows),
        "whole": sum(row["whole"] for row in rows),
        "with_losses": sum(bool(row["lost"]) for row in rows),
        "refused": sum(bool(row["refused"]) for row in rows),
        "alarmed": sum(bool(row["alarms"]) for row in rows),
        "said": sum(row["said"] for row in rows),
        "lost": dict(lost),
        "runs_under_way": sum(row["under_way"] for row in rows),
        "memory_behind": sum(row["behind"] for row in rows),
        "ready_s": round(statistics.median(row["ready_s"] for row in started), 2) if started else None,
        "ended_s": round(statistics.median(row["ended_s"] for row in started), 2) if started else None,
        "ended_s_most": round(max(row["ended_s"] for row in started), 2) if started else None,
        "broken": [problem for row in rows for problem in row["broken"]],
    }


async def main() -> int:
    asked = _arguments()
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)  # disks are taken off all the same
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if reason := why_not():
        print(f"skipped: {reason}", file=sys.stderr)
        return 0
    failed = False
    for durability in asked.durability:
        rows = []
        for plan in plans(durability, asked.images, asked.seed):
            async for row in carry_out(plan):
                rows.append(row)
                print(json.dumps(row), flush=True)
        print(json.dumps(summary(rows)), file=sys.stderr)
        failed |= durability == "power" and not all(row["whole"] for row in rows)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--durability", nargs="+", default=["power"], choices=["power", "process"])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
