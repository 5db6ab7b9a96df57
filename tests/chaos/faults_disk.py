"""A broker whose disk is full: refused in time, frozen, and well again when there is space."""

import asyncio

import disks
from scene import Scene
from witness import ledger

MIB = 1 << 20
TIGHT, FROZEN_S = 8 * MIB, 2.0
REFUSED_WITHIN_S = 90.0


async def full(scene: Scene) -> None:
    """First nearly, so that new runs are refused; then to the last byte; then there is space again."""
    rig, data = scene.rig, scene.rig.settings.data
    await asyncio.sleep(1.0)
    since = len(rig.told)
    ballast = disks.fill(data, leave=TIGHT)
    await rig.heard("no new runs are accepted", since)
    async with asyncio.timeout(REFUSED_WITHIN_S):
        while "refused" not in _told(scene):  # the load may be over
            await scene.load.hand_in(["work"])
            await asyncio.sleep(0.1)
    ballast = ballast.rename(data / "first")
    last = disks.fill(data)
    await asyncio.sleep(FROZEN_S)
    for file in (ballast, last):
        file.unlink()
    await rig.heard("the broker is restarted", since)
    await rig.heard("nats-server is back", since)
    scene.faults += 2
    accepted = _told(scene).count("acked")
    await scene.load.hand_in(["work"])
    scene.expect(_told(scene).count("acked") > accepted, "O1", "nothing is accepted although there is space again")


def _told(scene: Scene) -> list[str]:
    told = ledger(scene.rig.ledger.path)
    return [told[run].told for run in scene.load.runs]
