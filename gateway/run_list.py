"""The list of runs, live: of what memory answers, the differences go out."""

from nats.aio.client import Client

from mycoderai.gateway import packets, wire
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.packets import Batch
from mycoderai.gateway.rooms_memory import OfMemory
from mycoderai.gateway.sources import Part
from mycoderai.schemas.memory import ListRuns, RunLine

NEWEST = 100


class RunList(OfMemory):
    """A Source; a cursor counts the changes seen."""

    def __init__(self, nc: Client, memory: Memory) -> None:
        super().__init__(nc, memory)
        self._lines: dict[str, tuple[int, RunLine]] = {}

    async def snapshot(self) -> tuple[int, list[RunLine]]:
        """A cursor and the runs it stands for, newest first."""
        await self.ask()
        lines = sorted((line for _, line in self._lines.values()), key=lambda line: (line.submitted_at, line.run))
        return self.head, lines[::-1][:NEWEST]

    def at_hand(self, cursor: int) -> Part:
        changed = sorted((version, line) for version, line in self._lines.values() if version > cursor)
        lines = [wire.plain(line) for _, line in changed]
        return self.head, Batch([packets.event("runs", {"seq": self.head, "runs": lines})] if lines else [])

    async def after(self, cursor: int) -> Part:
        await self.past(cursor)
        return self.at_hand(cursor)

    async def _ask(self, shard: int, min_seq: int) -> None:
        answer = await self._memory.runs(ListRuns(shard=shard, min_seq=min_seq, limit=NEWEST))
        version = self.head
        for line in answer.runs:
            known = self._lines.get(line.run)
            if known is None or known[1] != line:
                version += 1
                self._lines[line.run] = version, line
        self._forget_old()
        self.move(version)

    def _forget_old(self) -> None:
        if len(self._lines) > 2 * NEWEST:
            newest = sorted(self._lines.items(), key=lambda item: item[1][1].submitted_at)[-NEWEST:]
            self._lines = dict(newest)
