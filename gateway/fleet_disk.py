"""Keeps the broker's disk from getting full: below a reserve no new runs are accepted, and what runs may go on.

JetStream survives no write error: a stream that met a full disk stands still until its server is started again. So
the door is shut before, and should it have happened all the same, the server is restarted once there is space.
"""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, NamedTuple

from nats.aio.client import Client
from nats.aio.subscription import Subscription

from mycoderai.broker.admission import close_admission, open_admission, refuse_submissions, why_closed
from mycoderai.gateway.fleet_keeper import Tell
from mycoderai.schemas.settings import Settings

MIB = 1 << 20
RESERVE_MB = 512.0
FASTEST_BYTES_S = 256 * MIB
"""How fast a disk may fill: the fuller it is, the sooner it is looked at again."""
LOOK_S = (0.1, 5.0)
FULL = MIB
_FROZEN = re.compile(r"critical write error|no space left on device|will be DISABLED")


class Room(NamedTuple):
    """Bytes of a disk."""

    free: int
    total: int
    reserve: int

    @property
    def is_tight(self) -> bool:
        return self.free < self.reserve

    @property
    def is_ample(self) -> bool:
        """Somewhat more than the reserve, so that the door does not swing."""
        return self.free >= self.reserve + self.reserve // 4

    def __str__(self) -> str:
        return f"{self.free / MIB:.0f} MB free, {self.reserve / MIB:.0f} MB kept in reserve"


def room_of(path: Path, reserve_mb: float | None) -> Room:
    disk = os.statvfs(path)
    total = disk.f_blocks * disk.f_frsize
    return Room(disk.f_bavail * disk.f_frsize, total, reserve_bytes(total, reserve_mb))


def reserve_bytes(total: int, reserve_mb: float | None) -> int:
    if reserve_mb is not None:
        return int(reserve_mb * MIB)
    return min(int(RESERVE_MB * MIB), total // 4)


def verdict(room: Room, closed: bool) -> Literal["close", "open", "stay"]:
    if room.is_tight:
        return "stay" if closed else "close"
    return "open" if closed and room.is_ample else "stay"


def look_again_in(room: Room) -> float:
    """Seconds in which the disk cannot have come from here to half its reserve."""
    least, most = LOOK_S
    return min(max((room.free - room.reserve / 2) / FASTEST_BYTES_S, least), most)


class DiskWatch:
    """Of the disk a server of ours writes to. `look` again and again."""

    def __init__(self, nc: Client, settings: Settings, tell: Tell, restart: Callable[[], Awaitable[None]]) -> None:
        """restart: end the server; whoever keeps it starts it again."""
        self._nc = nc
        self._settings = settings
        self._folder = settings.data / "nats"
        self._tell = tell
        self._restart = restart
        self._refusing: Subscription | None = None
        self._was_full = False

    async def look(self) -> Room:
        """Shut the door or open it, as the disk demands. Raises MycoderError and nats errors."""
        room = room_of(self._folder, self._settings.disk_reserve_mb)
        self._was_full |= room.free < FULL
        if room.is_ample and self._was_full:
            await self._recover(room)
            return room
        closed = bool(await why_closed(self._nc))
        match verdict(room, closed):
            case "close":
                await self._close(room)
            case "open":
                await self._open(room)
            case "stay":
                await self._answer(closed, room)
        return room

    async def _close(self, room: Room) -> None:
        reason = f"the broker's disk is nearly full ({room}); no new runs are accepted, those in progress go on"
        await close_admission(self._nc, self._settings, reason, room.reserve // 2)
        # Not before: a submission must not be stored and refused.
        await self._answer(True, room)
        self._tell("disk", f"nearly full ({room}); no new runs are accepted until there is space")

    async def _open(self, room: Room) -> None:
        if self._has_frozen():
            await self._recover(room)
            return
        await self._answer(False, room)
        await open_admission(self._nc, self._settings)
        self._tell("disk", f"has space again ({room}); runs are accepted")

    async def _recover(self, room: Room) -> None:
        """Nothing could be written for a while, not even that no runs are accepted."""
        self._tell("disk", f"has space again ({room}), but was full: the broker is restarted")
        # The server that comes back may take submissions at once: none must be refused and stored.
        await self._answer(False, room)
        await self._restart()
        self._was_full = False

    async def _answer(self, closed: bool, room: Room) -> None:
        if closed and self._refusing is None:
            reason = f"the broker's disk is nearly full ({room}), so no new runs are accepted"
            self._refusing = await refuse_submissions(self._nc, reason)
            await self._nc.flush()
        elif not closed and self._refusing:
            refusing, self._refusing = self._refusing, None
            await refusing.unsubscribe()
            await self._nc.flush()

    def _has_frozen(self) -> bool:
        """Whether the running server met a write error; its log begins with it."""
        return bool(_FROZEN.search((self._folder / "nats.log").read_text(errors="replace")))
