"""Damage one file of a fleet that has stopped, start it again, and say what became of it: `python damage_files.py`.

What the broker does about damage is the broker's; this tells what of it is seen. A JSON line for each kind of damage:
what of the ledger is not true any more, whether memory still holds what the log folds to, who said anything.
"""

import asyncio
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import structlog
from power_load import Ledger, Load
from power_loss import AT_WORK_WITHIN_S
from power_recovery import ROLES, Found, recover, settings_for

from mycoderai.gateway.fleet import Fleet

WORKS_S = 2.0
_STREAMS = "nats/store/jetstream/$G/streams"
_ORCHESTRATOR = f"{_STREAMS}/COMMANDS/obs/orchestrator"
Damage = Callable[[Path], None]


def flip(place: float) -> Damage:
    """One bit, at a place between nought and one."""

    def damage(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[int(len(content) * place)] ^= 1
        file.write_bytes(content)

    return damage


def truncate(part: float) -> Damage:
    def damage(file: Path) -> None:
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])

    return damage


CASES: dict[str, tuple[str, Damage]] = {
    "nothing": ("version", lambda file: None),
    "events: a bit of a block": (f"{_STREAMS}/EVENTS/msgs/1.blk", flip(0.5)),
    "events: half a block": (f"{_STREAMS}/EVENTS/msgs/1.blk", truncate(0.5)),
    "events: a bit of the index": (f"{_STREAMS}/EVENTS/msgs/index.db", flip(0.5)),
    "events: a bit of the description": (f"{_STREAMS}/EVENTS/meta.inf", flip(0.5)),
    "queue: empty description": (f"{_STREAMS}/COMMANDS/meta.inf", truncate(0)),
    "queue: a bit of a consumer": (f"{_ORCHESTRATOR}/o.dat", flip(0.5)),
    "queue: empty description of a consumer": (f"{_ORCHESTRATOR}/meta.inf", truncate(0)),
    "items: a bit of a block": (f"{_STREAMS}/MEMORY/msgs/1.blk", flip(0.5)),
    "memory: a bit of a page": ("memory.sqlite", flip(0.3)),
    "memory: half a file": ("memory.sqlite", truncate(0.5)),
}


async def stopped_fleet(folder: Path) -> Ledger:
    """What was said by a fleet that worked for a while; its data are left in the folder."""
    folder.mkdir()
    async with Fleet(settings_for(folder, "power", 1), ROLES) as fleet:
        async with Load(fleet.settings, folder.parent) as load:
            async with asyncio.timeout(AT_WORK_WITHIN_S):
                await load.at_work.wait()
            await asyncio.sleep(WORKS_S)
        return load.ledger.copy()


async def damaged(folder: Path, copy: Path, ledger: Ledger, case: str) -> Found:
    shutil.copytree(folder, copy)
    settings = settings_for(copy, "power", 1)
    where, damage = CASES[case]
    damage(settings.data / where)
    scratch = copy / "scratch"
    scratch.mkdir()
    return await recover(settings, ledger, scratch)


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="mycoder-damage-") as root:
        ledger = await stopped_fleet(Path(root) / "sound")
        for number, case in enumerate(CASES):
            found = await damaged(Path(root) / "sound", Path(root) / f"case-{number}", ledger, case)
            print(json.dumps({"damage": case, "whole": found.is_whole, **asdict(found)}), flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
