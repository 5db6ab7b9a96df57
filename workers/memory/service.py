"""Questions to memory, answered when what the asker has written is in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.broker.request import serve
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.memory import AnyAnswer, Query
from mycoderai.schemas.subjects import MEMORY_QUERY, stream_of
from mycoderai.workers.memory.repository import Repository

DRAIN_S = 3.0
MOST_BYTES = 7 << 20
"""The broker takes eight."""
_TOO_LARGE = Failure(
    code=FailureCode.HANDLER_ERROR,
    message="The answer is larger than a message may be.",
    fix="ask for less at once (`limit`), or read the run's log",
)
_QUERY: Any = Query  # a union: what msgspec decodes to, but no class to a type checker


class Applied:
    """How far each stream has been applied, for those who wait for it."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}
        self._moved = asyncio.Event()

    def move(self, stream: str, seq: int) -> None:
        self._seqs[stream] = seq
        self._moved.set()
        self._moved = asyncio.Event()

    def of(self, stream: str) -> int:
        return self._seqs.get(stream, 0)

    async def reached(self, stream: str, seq: int, within_s: float) -> bool:
        if self.of(stream) >= seq or stream not in self._seqs:
            return self.of(stream) >= seq
        try:
            async with asyncio.timeout(within_s):
                while self.of(stream) < seq:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True


class Service:
    wait_s = 2.0
    """How long an answer waits for `min_seq`."""

    def __init__(self, repository: Repository, applied: Applied) -> None:
        self._repository = repository
        self._applied = applied
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.asynccontextmanager
    async def serving(self, nc: Client) -> AsyncIterator[None]:
        """Be one of those who answer: each question goes to one of them. At the end, what was asked is answered."""
        subscription = await serve(nc, MEMORY_QUERY, _QUERY, self.answer, queue="memory")
        try:
            await nc.flush()
            yield
        finally:
            with contextlib.suppress(nats.errors.Error, TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await subscription.drain()  # type: ignore[no-untyped-call]
                    await self._idle.wait()
                    await nc.flush()

    async def answer(self, query: Query) -> AnyAnswer:
        self._open += 1
        self._idle.clear()
        try:
            return await self._answer(query)
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _answer(self, query: Query) -> AnyAnswer:
        stream = stream_of(query.shard)
        fresh = await self._applied.reached(stream, query.min_seq, self.wait_s)
        seen = self._applied.of(stream)
        answer = msgspec.structs.replace(await self._repository.answer(query), applied=seen, fresh=fresh)
        if len(msgspec.json.encode(answer)) > MOST_BYTES:
            raise RefusedError(_TOO_LARGE)
        return answer
