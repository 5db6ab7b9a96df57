"""One stream, followed: its pages are applied in order, each as one transaction together with the position.

The live copies of events only say that there is something to read. What it is, is read from the log, so a copy that
gets lost costs time at most: the stream is checked, and read on, every ten seconds.

The sequences of a stream follow one another. What is missing is said, and becomes a letter; memory goes on, because
the rest is as true as before. To find damage in what was applied long ago, a page of it is read again with each check.
"""

import asyncio
import contextlib

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.bulk import Heard, listen
from mycoderai.broker.log import Raw, read_page
from mycoderai.broker.metrics import LOST_EVENTS
from mycoderai.broker.tasks import all_or_none
from mycoderai.schemas.errors import TransientError
from mycoderai.schemas.subjects import MEMORY
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.gaps import Gap, gaps
from mycoderai.workers.memory.position import LogReplaced, MemoryAheadOfLog, Position, StreamState, Verdict
from mycoderai.workers.memory.repository import Batch, Repository
from mycoderai.workers.memory.streams import examine, still_missing

PAGE_MESSAGES = 2_000
PAGE_BYTES = 4 << 20
CHECK_EVERY_S = 10.0
LOOK_BACK_MESSAGES = 500
LOOK_BACK_BYTES = 1 << 20
BEHIND_S = 1.0
LONGEST_PAUSE_S = 5.0
GATHER_S = 0.005
"""Events are applied this often at most, for a transaction costs as much as ten of them; items of memory at once."""
log = structlog.get_logger()


class Follower:
    """Call `run` once; `caught_up` is set when what the stream held at the start is applied."""

    def __init__(
        self, nc: Client, copies: str, stream: str, repository: Repository, applied: Applied, letters: asyncio.Event
    ) -> None:
        """copies: where the server republishes what the stream stored."""
        self._nc = nc
        self._subject = copies
        self._stream = stream
        self._repository = repository
        self._applied = applied
        self._letters = letters
        self._wake = asyncio.Event()
        self._gather_s = 0.0 if stream == MEMORY else GATHER_S
        self._began = 0.0
        self._position = Position()
        self._connection = -1
        self._told = 0
        self._looked = 0
        self._lost: set[Gap] = set()
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. Raises LogReplaced, MemoryAheadOfLog and FileDamaged; everything else passes."""
        subscription = await listen(self._nc, self._subject, self._on_copy)
        pause_s = 0.0
        try:
            while True:
                try:
                    await self._round()
                    pause_s = 0.0
                except (TransientError, nats.errors.Error) as err:
                    pause_s = min(pause_s + 1.0, LONGEST_PAUSE_S)
                    log.warning("memory.waits", stream=self._stream, error=str(err), again_in_s=pause_s)
                    await asyncio.sleep(pause_s)
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    def look_again(self) -> None:
        """The connection was away, and copies may be missing."""
        self._wake.set()

    def told(self, seq: int) -> None:
        """The stream holds this sequence."""
        self._told = max(self._told, seq)
        self._wake.set()

    def _on_copy(self, msg: Heard) -> None:
        self.told(int((msg.headers or {}).get("Nats-Sequence", 0)))

    async def _round(self) -> None:
        """Check the stream, then apply what it stores and will store, until it is time to check again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + CHECK_EVERY_S
        self._connection = self._nc.stats["reconnects"]
        self._told = 0
        stored = await self._check()
        while await self._apply_stored():
            await self._tell(gaps(self._position.seq, (), stored))
            self.caught_up.set()
            if loop.time() >= until:
                break
            # A replica of the stream may answer a read before it has what the copy told of.
            told_more = self._told > self._position.seq
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(until, loop.time() + BEHIND_S) if told_more else until):
                    await self._wake.wait()
            await asyncio.sleep(self._began + self._gather_s - loop.time())
        await self._look_back()

    async def _check(self) -> int:
        """The stream's last sequence."""
        position = await self._repository.position(self._stream)
        verdict, state = await examine(self._nc, self._stream, position)
        match verdict:
            case Verdict.REPLACED:
                raise LogReplaced(f"stream {self._stream} is not the one memory was built from")
            case Verdict.BEHIND:
                raise _ahead(self._stream, position, state)
            case Verdict.PURGED:
                log.warning("memory.events_purged", stream=self._stream, first_seq=state.first_seq, at=position.seq)
        self._position = Position(seq=position.seq, created=state.created, time=position.time)
        self._applied.move(self._stream, position.seq)
        return state.last_seq

    async def _apply_stored(self) -> bool:
        """False when the connection changed meanwhile: who answers now may hold another stream."""
        self._wake.clear()
        self._began = asyncio.get_running_loop().time()
        page, more = await self._page(self._position.seq)
        while page:
            if not self._is_same_connection():
                return False
            # The next page comes in while this one is applied.
            following = self._page(page[-1].seq) if more else _no_page()
            (page, more), _ = await all_or_none(following, self._apply(page))
        return True

    def _is_same_connection(self) -> bool:
        return bool(self._nc.stats["reconnects"] == self._connection)

    async def _page(self, after: int) -> tuple[list[Raw], int]:
        return await read_page(self._nc, self._stream, after, limit=PAGE_MESSAGES, max_bytes=PAGE_BYTES)

    async def _apply(self, page: list[Raw]) -> None:
        lost = await still_missing(self._nc, self._stream, gaps(self._position.seq, page))
        position = Position(seq=page[-1].seq, created=self._position.created, time=page[-1].time)
        rejected = await self._store(Batch(self._stream, position, page, self._position.seq, lost))
        self._position = position
        self._applied.move(self._stream, position.seq)
        log.debug("memory.applied", stream=self._stream, seq=position.seq, messages=len(page), rejected=rejected)

    async def _store(self, batch: Batch) -> int:
        rejected = await self._repository.apply(batch)
        for gap in set(batch.lost) - self._lost:
            log.error("memory.log_damaged", stream=self._stream, first=gap.first, last=gap.last)
            LOST_EVENTS.add(self._stream, amount=gap.last - gap.first + 1)
            self._lost.add(gap)
        if rejected:
            self._letters.set()
        return rejected

    async def _look_back(self) -> None:
        """Read a page of what is applied, to see whether it still can be read."""
        looked, end = self._looked, self._position.seq
        page, more = await read_page(
            self._nc, self._stream, looked, limit=LOOK_BACK_MESSAGES, max_bytes=LOOK_BACK_BYTES
        )
        if self._is_same_connection():
            await self._tell(gaps(looked, page, 0 if more else end))
        self._looked = page[-1].seq if page and page[-1].seq < end else 0

    async def _tell(self, found: list[Gap]) -> None:
        if lost := [gap for gap in await still_missing(self._nc, self._stream, found) if gap not in self._lost]:
            await self._store(Batch(self._stream, self._position, (), self._position.seq, lost))


async def _no_page() -> tuple[list[Raw], int]:
    return [], 0


def _ahead(stream: str, position: Position, state: StreamState) -> MemoryAheadOfLog:
    return MemoryAheadOfLog(
        f"memory has applied stream {stream} up to {position.seq}, but the stream ends at {state.last_seq}: the log "
        "was restored from an older copy, or this is another broker",
        "bring the log back; or, to give up what only memory knows, move memory.sqlite away (or empty the Redis "
        "database) and start again: memory is built from the log as it is",
    )
