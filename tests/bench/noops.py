"""Runs that do nothing, one after the other, with the moments of each."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from harness import POOL
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.log import append
from mycoderai.broker.request import call
from mycoderai.schemas.events import RunFinished, RunSubmitted, decode
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.memory import MemoryStats, Stats
from mycoderai.schemas.subjects import MEMORY_QUERY, Log, parse_event

ENDS_WITHIN_S = 30.0


@dataclass(frozen=True)
class Moments:
    run: str
    shard: int
    submitted_s: float
    accepted_s: float
    """When the client knew that the run was stored."""
    finished_s: float
    """When the client knew that the run had ended."""
    finished_seq: int
    """Where the log says so."""
    summary: str
    """What the step's handler had to say."""


class Runner:
    """Submits a run and waits for its end."""

    def __init__(self, nc: Client, shards: int = 1, **submission: Any) -> None:
        self._nc = nc
        self._shards = shards
        self._submission = RunSubmitted(task="nothing at all", role=POOL, **submission)
        self._ends: dict[str, asyncio.Future[tuple[float, int, RunFinished]]] = {}

    async def start(self) -> "Runner":
        await self._nc.subscribe("log.*.*.run.finished", cb=self._on_finished)
        await self._nc.flush()
        return self

    async def submit(self) -> tuple[str, float, float]:
        """The run's id, and when it was submitted and accepted."""
        run = new_id()
        self._ends[run] = asyncio.get_running_loop().create_future()
        submitted = time.monotonic()
        subject = Log(run, shard_of(run, self._shards)).run_event("submitted")
        await append(self._nc, subject, self._submission, expected=0)
        return run, submitted, time.monotonic()

    async def end_of(self, run: str) -> tuple[float, int, RunFinished]:
        async with asyncio.timeout(ENDS_WITHIN_S):
            finished_s, seq, event = await self._ends[run]
        del self._ends[run]
        if event.status != "succeeded":
            raise RuntimeError(f"run {run} ended as {event.status}: {msgspec.to_builtins(event.failure)}")
        return finished_s, seq, event

    async def one(self) -> Moments:
        run, submitted, accepted = await self.submit()
        return await self.rest_of(run, submitted, accepted)

    async def rest_of(self, run: str, submitted: float, accepted: float) -> Moments:
        """What became of a run that was submitted."""
        finished, seq, event = await self.end_of(run)
        return Moments(run, shard_of(run, self._shards), submitted, accepted, finished, seq, event.summary)

    async def _on_finished(self, msg: Msg) -> None:
        now = time.monotonic()
        subject = parse_event("evt." + msg.subject.removeprefix("log."))
        event = decode(msg.data, subject)
        future = self._ends.get(subject.run)
        if future and not future.done() and isinstance(event, RunFinished):
            future.set_result((now, int((msg.headers or {})["Nats-Sequence"]), event))


async def moments(nc: Client, count: int, warm_up: int = 30) -> list[Moments]:
    """`count` runs in a row on a warm fleet: each is submitted when the one before has ended."""
    runner = await Runner(nc).start()
    for _ in range(warm_up):
        await runner.one()
    return [await runner.one() for _ in range(count)]


async def remembered(nc: Client, done: Iterable[Moments]) -> None:
    """Return once memory has recorded that these runs have ended."""
    last: dict[int, int] = {}
    for one in done:
        last[one.shard] = max(last.get(one.shard, 0), one.finished_seq)
    for shard, seq in last.items():
        stats = await call(nc, MEMORY_QUERY, Stats(shard=shard, min_seq=seq), MemoryStats, timeout_s=60)
        if not stats.fresh:
            raise RuntimeError(f"memory is at {stats.applied}, the last run ended at {seq}")
