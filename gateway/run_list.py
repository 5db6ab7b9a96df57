"""The list of runs, live: memory is asked again when the log says that something happened, and differences go out."""

import asyncio
import contextlib

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.gateway import wire
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.sources import Payloads
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.memory import ListRuns, RunLine

NEWEST = 100
EVERY_S = 0.25
"""Memory is asked at most this often."""
ANYWAY_AFTER_S = 10.0
"""The copies of events are lossy, so it is asked now and then without any."""
log = structlog.get_logger()


class RunList:
    """A Source; a cursor counts the changes seen."""

    def __init__(self, nc: Client, memory: Memory) -> None:
        self._nc = nc
        self._memory = memory
        self._lines: dict[str, tuple[int, RunLine]] = {}
        self._version = 0
        self._asking = asyncio.Lock()
        self._hint = asyncio.Event()
        self._hinted: tuple[int, int] = (0, 0)
        """Shard and sequence of the last event heard of."""
        self._moved = asyncio.Event()

    async def run(self) -> None:
        subscription = await self._nc.subscribe("log.>", cb=self._on_event)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ANYWAY_AFTER_S):
                        await self._hint.wait()
                self._hint.clear()
                try:
                    await self._ask()
                except (MycoderError, nats.errors.Error) as err:
                    log.warning("gateway.memory_silent", error=str(err))
                    self._hint.set()
                await asyncio.sleep(EVERY_S)
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def snapshot(self) -> tuple[int, list[RunLine]]:
        """A cursor and the runs it stands for, newest first."""
        await self._ask()
        lines = sorted((line for _, line in self._lines.values()), key=lambda line: (line.submitted_at, line.run))
        return self._version, lines[::-1][:NEWEST]

    async def after(self, cursor: int) -> tuple[int, Payloads]:
        while cursor >= self._version:
            moved = self._moved
            await moved.wait()
        changed = sorted((version, line) for version, line in self._lines.values() if version > cursor)
        return self._version, [{"seq": self._version, "runs": [wire.plain(line) for _, line in changed]}]

    async def _on_event(self, msg: Msg) -> None:
        headers = msg.headers or {}
        shard = msg.subject.split(".", 2)[1]
        self._hinted = int(shard), int(headers.get("Nats-Sequence", 0))
        self._hint.set()

    async def _ask(self) -> None:
        async with self._asking:  # an older answer must not overwrite a newer one
            shard, seq = self._hinted
            answer = await self._memory.runs(ListRuns(shard=shard, min_seq=seq, limit=NEWEST))
            for line in answer.runs:
                self._take(line)
            self._forget_old()
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _take(self, line: RunLine) -> None:
        known = self._lines.get(line.run)
        if known is None or known[1] != line:
            self._version += 1
            self._lines[line.run] = self._version, line

    def _forget_old(self) -> None:
        if len(self._lines) > 2 * NEWEST:
            newest = sorted(self._lines.items(), key=lambda item: item[1][1].submitted_at)[-NEWEST:]
            self._lines = dict(newest)
