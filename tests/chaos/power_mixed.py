"""Stores that went back by different amounts: memory's file of an older image with the broker's of a newer one, and the
other way round. One disk never does that; two disks, or a person with a backup, do. Part of `make power`."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

from power_disk import Disk, why_not, workshop
from power_load import Ledger
from power_loss import Plan, take_images
from power_recovery import ROLES, Found, positions_at_rest, recover, settings_for

from mycoderai.broker.reboot import MARK
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.workers.memory.worker import FILE

REFUSAL = "memory has applied stream"
APART = 2
"""Images between the two."""
PLAN = Plan("power", shards=2, age_s=0.0, images=16, seed=9)


def keep_memory(image: Path, folder: Path) -> None:
    """Copy memory's file out of an image, as the file system finds it when it is mounted."""
    folder.mkdir()
    with Disk(image) as disk:
        for file in (disk.folder / "data").glob(f"{FILE}*"):
            shutil.copy(file, folder)


async def with_older_memory(settings: Settings, memory: Path, ledger: Ledger, scratch: Path) -> Found:
    """It has to read on from where it stands."""
    _put(memory, settings)
    return await recover(settings, ledger, scratch)


async def with_newer_memory(settings: Settings, memory: Path) -> str:
    """What went wrong: it has to be refused, in words that say why, and nothing may be changed."""
    _put(memory, settings)
    for file in ("fleet.json", f"nats/{MARK}"):
        (settings.data / file).unlink(missing_ok=True)
    before = positions_at_rest(settings.data / FILE)
    try:
        async with Fleet(settings, ROLES):
            return "a fleet went on with a memory that is ahead of its log"
    except MycoderError as err:
        if REFUSAL not in err.message:
            return f"refused in other words: {err.message}"
    return "" if positions_at_rest(settings.data / FILE) == before else "memory was changed"


def _put(memory: Path, settings: Settings) -> None:
    for file in settings.data.glob(f"{FILE}*"):
        file.unlink()
    for file in memory.iterdir():
        shutil.copy(file, settings.data)


async def pairs(root: Path, plan: Plan) -> list[str]:
    """Try every pair both ways; what went wrong."""
    cuts = [cut for cut in await take_images(root, plan) if cut.ledger.stored]
    scratch = root / "scratch"
    scratch.mkdir()
    memories = [root / f"memory-{number}" for number in range(len(cuts))]
    for cut, memory in zip(cuts, memories, strict=True):
        keep_memory(_copy(cut.image, "kept"), memory)
    problems = []
    for old in range(len(cuts) - APART):
        new = old + APART
        with Disk(_copy(cuts[new].image, "older")) as disk:
            settings = settings_for(disk.folder, plan.durability, plan.shards)
            found = await with_older_memory(settings, memories[old], cuts[new].ledger, scratch)
            problems += [] if found.is_whole else [f"memory of image {old} in image {new}: {found}"]
        with Disk(_copy(cuts[old].image, "newer")) as disk:
            settings = settings_for(disk.folder, plan.durability, plan.shards)
            problem = await with_newer_memory(settings, memories[new])
            problems += [f"memory of image {new} in image {old}: {problem}"] if problem else []
    print(json.dumps({"pairs": len(cuts) - APART, "problems": problems}), file=sys.stderr)
    return problems


def _copy(image: Path, why: str) -> Path:
    # Never under a name that was mounted before: its loop device may still write.
    return Path(shutil.copy(image, image.with_name(f"{image.stem}-{why}.img")))


def main() -> int:
    if reason := why_not():
        print(f"skipped: {reason}", file=sys.stderr)
        return 0
    with workshop() as root:
        return 1 if asyncio.run(pairs(root, PLAN)) else 0


if __name__ == "__main__":
    sys.exit(main())
