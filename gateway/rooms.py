"""Those who watch one source, and how what happens gets to them.

Who is up to date gets each part in one go over all of them, encoded once. Who does not take it in falls behind and is
fed on its own, as fast as it reads, until it has caught up; so a slow one slows nobody. Of a lossy source it is left
out until it reads again, and nothing is kept for it.
"""

import asyncio
import contextlib
import time
from typing import Generic, TypeVar

import structlog

from mycoderai.broker.tasks import all_or_none
from mycoderai.gateway.line import Line
from mycoderai.gateway.sources import Part, Source

AT_ONCE = 100
"""Lines written to before other work gets its turn."""
SHORT_S = 0.002
"""A round over the members that takes longer is followed by twice as much time for other work. What happens meanwhile
goes out together, so that many watchers of a busy run cost a third of a processor at most."""
STUCK_S = 20.0
"""A line that takes nothing for so long is ended. The browser resumes where it was once it is back."""
AGAIN_S = 0.1
"""After so long those that were left out are looked at again."""
log = structlog.get_logger()
Kind = TypeVar("Kind", bound=Source)
Parts = dict[int, Part | None]
"""By the cursor they follow."""


class Member:
    __slots__ = ("cursor", "feed", "line")

    def __init__(self, line: Line, cursor: int) -> None:
        self.line = line
        self.cursor = cursor
        self.feed: asyncio.Task[None] | None = None
        """While it is behind."""


class Room(Generic[Kind]):
    def __init__(self, source: Kind, *, lossy: bool = False) -> None:
        self.source = source
        self._lossy = lossy
        self._up_to_date: dict[Member, None] = {}
        self._left_out = False

    async def run(self) -> None:
        await all_or_none(self.source.run(), self._tell())

    def enter(self, line: Line, cursor: int) -> Member:
        """It gets what is past the cursor, from the next turn of the event loop on."""
        member = Member(line, cursor)
        if self._lossy:
            self._up_to_date[member] = None
        else:
            self._fall_behind(member)
        return member

    def leave(self, member: Member) -> None:
        self._up_to_date.pop(member, None)
        if member.feed:
            member.feed.cancel()

    async def _tell(self) -> None:
        told = -1  # whatever happened before this task got its first turn
        while True:
            await self._past(told)
            told = self.source.head
            took = await self._round(told)
            if took > SHORT_S:
                await asyncio.sleep(2 * took)

    async def _past(self, told: int) -> None:
        if not self._left_out:
            await self.source.past(told)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await self.source.past(told)

    async def _round(self, head: int) -> float:
        """Bring everybody up to the head; how long that took."""
        self._left_out = False
        parts: Parts = {}
        members = list(self._up_to_date)
        took = 0.0
        for first in range(0, len(members), AT_ONCE):
            began = time.monotonic()
            for member in members[first : first + AT_ONCE]:
                if member in self._up_to_date:
                    self._serve(member, head, parts)
            took += time.monotonic() - began
            await asyncio.sleep(0)
        return took

    def _serve(self, member: Member, head: int, parts: Parts) -> None:
        while member.cursor < head:
            if self._lossy and not member.line.idle:
                self._left_out = True
                return
            if member.cursor not in parts:
                parts[member.cursor] = self.source.at_hand(member.cursor)
            part = parts[member.cursor]
            if part is None or not member.line.free:
                self._fall_behind(member)
                return
            member.cursor, batch = part
            member.line.write(batch)

    def _fall_behind(self, member: Member) -> None:
        self._up_to_date.pop(member, None)
        member.feed = asyncio.create_task(self._feed(member))

    async def _feed(self, member: Member) -> None:
        """Send what is past its cursor, as fast as it takes it, until it is up to date."""
        line = member.line
        while member.cursor < self.source.head:
            try:
                async with asyncio.timeout(STUCK_S):
                    await line.freed()
            except TimeoutError:
                log.info("gateway.too_slow", unread_s=STUCK_S)
                line.end("it reads too slowly")
                return
            if line.closed:
                return
            member.cursor, batch = await self.source.after(member.cursor)
            line.write(batch)
        member.feed = None
        self._up_to_date[member] = None
