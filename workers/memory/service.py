"""Questions and writes to memory. A question is answered when what the asker has written is in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.broker.request import serve, serve_by_subject
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, AskedByStep, AskedItems, WriteItems
from mycoderai.schemas.subjects import MEMORY, memory_query, memory_write, stream_of
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.reading import Reading
from mycoderai.workers.memory.repository import Repository
from mycoderai.workers.memory.writing import Writing

DRAIN_S = 3.0
MOST_BYTES = 7 << 20
"""The broker takes eight."""
_TOO_LARGE = Failure(
    code=FailureCode.HANDLER_ERROR,
    message="The answer is larger than a message may be.",
    fix="ask for less at once (`limit`), or read the run's log",
)
_QUERY: Any = AnyQuery  # a union: what msgspec decodes to, but no class to a type checker


class Service:
    wait_s = 2.0
    """How long an answer waits for `min_seq`."""

    def __init__(self, repository: Repository, applied: Applied, writing: Writing) -> None:
        self._repository = repository
        self._applied = applied
        self._writing = writing

    @contextlib.asynccontextmanager
    async def serving(self, nc: Client) -> AsyncIterator[None]:
        """Be one of those who answer: each request goes to one of them. At the end, what was asked is answered."""
        reading = Reading(nc)

        async def asked_by_step(subject: str, asked: AskedByStep) -> Answer:
            return await self.answer(await reading.admitted(subject, asked))

        served = [
            await serve(nc, memory_query(), _QUERY, self.answer, queue="memory"),
            await serve_by_subject(nc, memory_query("*"), AskedByStep, asked_by_step, queue="memory"),
            await serve_by_subject(nc, memory_write(), WriteItems, self._writing.write, queue="memory"),
            await serve_by_subject(nc, memory_write("*"), WriteItems, self._writing.write, queue="memory"),
        ]
        try:
            await nc.flush()
            yield
        finally:
            with contextlib.suppress(nats.errors.Error, TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await asyncio.gather(*(one.drain() for one in served))
                    await nc.flush()

    async def answer(self, query: AnyQuery) -> Answer:
        stream = MEMORY if isinstance(query, AskedItems) else stream_of(query.shard)
        fresh = await self._applied.reached(stream, query.min_seq, self.wait_s)
        seen = self._applied.of(stream)
        answer = await self._repository.answer(query)
        # An answer that says itself how much it tells is exact; of the others it is known how much they tell at least.
        answer = msgspec.structs.replace(answer, applied=answer.applied or seen, fresh=fresh)
        if len(msgspec.json.encode(answer)) > MOST_BYTES:
            raise RefusedError(_TOO_LARGE)
        return answer
