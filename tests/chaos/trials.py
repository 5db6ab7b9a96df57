"""Faults that need a fleet, or several, of their own: stores that went back, files that are damaged, power that is cut.

Each is the short form of what `make power` does at length, with the same judges.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import damage_files
import disks
import power_disk
import power_loss
import power_recovery
from nats.aio.client import Client
from power_load import Ledger, Load
from power_mixed import with_newer_memory, with_older_memory
from power_recovery import ROLES, Found, settings_for
from rig import TOLD_WITHIN_S

from mycoderai.broker.connect import connect
from mycoderai.broker.letters import letters_on
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.subjects import LOST_EVENTS
from mycoderai.workers.memory.homes import FILE

WORKS_S = 1.0
LOST_ENDS_WITHIN_S = 10.0
"""What a damaged log has lost may keep runs from ending; nobody waits for those for long."""
IMAGES = 3
"""The first is taken while the fleet starts."""
MENDED = (
    "events: a bit of the index",
    "queue: a bit of a consumer",
    "queue: empty description",
    "queue: empty description of a consumer",
    "memory: half a file",
)
LOUD = ("events: half a block",)


class Tried(NamedTuple):
    runs: int
    faults: int
    wrong: list[str]
    """As sentences that begin with the verdict."""


class Trial(NamedTuple):
    name: str
    numbers: str
    """Of the list in docs/RELIABILITY.md."""
    carry_out: Callable[[Path, int], Awaitable[Tried]]
    """Takes an empty folder and a seed."""
    lacks: Callable[[], str] = lambda: ""


async def stores_that_went_back(folder: Path, seed: int) -> Tried:
    """Memory's file of an older day reads on; a broker's store of an older day is refused, and memory left as it is."""
    fleet = folder / "fleet"
    fleet.mkdir()
    before = await _at_work(fleet)
    older, old_memory = _copy(fleet, folder / "older")
    after = await _at_work(fleet)
    newer, new_memory = _copy(fleet, folder / "newer")
    scratch = folder / "scratch"
    scratch.mkdir()
    found = await with_older_memory(settings_for(newer, "power", 1), old_memory, after, scratch)
    wrong = [] if found.is_whole and found.behind else [f"O5 older memory: {found}"]
    if problem := await with_newer_memory(settings_for(older, "power", 1), new_memory):
        wrong.append(f"O5 newer memory: {problem}")
    return Tried(len(before.submitted) + len(after.submitted), 2, wrong)


async def damaged_files(folder: Path, seed: int) -> Tried:
    """A damaged file is mended, or somebody says so: nothing is lost in silence."""
    sound = folder / "sound"
    ledger = await damage_files.stopped_fleet(sound)
    wrong = []
    for number, case in enumerate((*MENDED, *LOUD)):
        ends_within_s = LOST_ENDS_WITHIN_S if case in LOUD else power_recovery.ENDS_WITHIN_S
        with patch.object(power_recovery, "ENDS_WITHIN_S", ends_within_s):
            found = await damage_files.damaged(sound, folder / f"case-{number}", ledger, case)
            wrong += [f"O1 {case}: {said}" for said in _silent_or_lost(case, found)]
    if not await _is_told(sound, folder / "bit"):
        wrong.append("O1 a bit of an event block: memory that is built from it does not say that a message is gone")
    return Tried(len(ledger.submitted), len(MENDED) + len(LOUD) + 1, wrong)


async def power_that_is_cut(folder: Path, seed: int) -> Tried:
    plan = power_loss.Plan("power", shards=2, age_s=0.0, images=IMAGES, seed=seed)
    wrong, runs = [], 0
    with power_disk.workshop() as root:
        for cut in await power_loss.take_images(root, plan):
            found = await power_loss.judge(cut, plan, root)
            runs = max(runs, len(cut.ledger.submitted))
            wrong += [] if found.is_whole else [f"O1 an image after {cut.at_s:.1f} s: {found}"]
    return Tried(runs, IMAGES, wrong)


async def _at_work(folder: Path) -> Ledger:
    """What was said while a fleet worked in the folder for a while."""
    async with Fleet(settings_for(folder, "power", 1), ROLES) as fleet, Load(fleet.settings, folder.parent) as load:
        async with asyncio.timeout(power_loss.AT_WORK_WITHIN_S):
            await load.at_work.wait()
        await asyncio.sleep(WORKS_S)
        return load.ledger.copy()


async def _is_told(sound: Path, copy: Path) -> bool:
    """Whether somebody says so when memory is built from a log that lacks a message. Memory that had it before notices
    later, when it reads a page of the log again."""
    shutil.copytree(sound, copy)
    settings = settings_for(copy, "power", 1)
    where, damage = damage_files.CASES["events: a bit of a block"]
    damage(settings.data / where)
    for file in settings.data.glob(f"{FILE}*"):
        file.unlink()
    async with Fleet(settings, ROLES) as fleet:
        nc = await connect(fleet.settings, "admin")
        try:
            return await _comes(nc, LOST_EVENTS)
        finally:
            await nc.close()


async def _comes(nc: Client, subject: str) -> bool:
    deadline = time.monotonic() + TOLD_WITHIN_S
    while not (letters := await letters_on(nc, subject)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return bool(letters)


def _copy(fleet: Path, folder: Path) -> tuple[Path, Path]:
    """Of a fleet that has stopped; and of memory's file alone."""
    shutil.copytree(fleet, folder)
    memory = folder.with_suffix(".memory")
    memory.mkdir()
    for file in (folder / "data").glob(f"{FILE}*"):
        shutil.copy(file, memory)
    return folder, memory


def _silent_or_lost(case: str, found: Found) -> list[str]:
    told = bool(found.alarms or found.refused)
    if case in LOUD:
        return [] if told else [f"nobody noticed: {found}"]
    return [] if not (found.lost or found.broken or found.refused) else [f"not mended: {found}"]


def _no_power_to_cut() -> str:
    return power_disk.why_not() or disks.why_no_loops()


TRIALS = (
    Trial("stores that went back", "21, 22", stores_that_went_back),
    Trial("damaged files", "23", damaged_files),
    Trial("power that is cut", "19, 20", power_that_is_cut, _no_power_to_cut),
)
