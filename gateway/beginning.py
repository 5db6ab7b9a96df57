"""Where somebody who watches a run begins: at a cursor of their own, or with the run as memory knows it."""

from typing import NamedTuple

from nats.aio.client import Client

from mycoderai.broker.log import read, read_some
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, stream_of
from mycoderai.schemas.web.sockets import Subscribe


class Beginning(NamedTuple):
    detail: RunDetail
    cursor: int
    """Events past this sequence are still to be shown."""
    anew: bool
    """What is shown begins with `detail`."""
    behind: int = 0
    """Events past the cursor, when they are more than shall follow."""


class Beginnings:
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = memory

    async def of(self, asked: Subscribe) -> Beginning:
        """Raises RefusedError when there is no such run, Problem when memory has not come to it yet."""
        detail = await self._find(asked.run, asked.after_seq or 0)
        if asked.after_seq is None or not detail.fresh:
            return await self._anew(detail, asked.at_most)
        behind = await self._behind(detail, asked.after_seq, asked.at_most)
        if not behind:
            return Beginning(detail, asked.after_seq, anew=False)
        # Before memory is there, what follows a snapshot can't be few enough.
        near = asked.after_seq + behind - (asked.at_most or 0)
        return await self._anew(await self._memory.run(detail.run.run, detail.run.shard, near), asked.at_most)

    async def _anew(self, detail: RunDetail, at_most: int | None) -> Beginning:
        behind = await self._behind(detail, detail.applied, at_most)
        return Beginning(detail, detail.applied, anew=True, behind=behind)

    async def _behind(self, detail: RunDetail, cursor: int, at_most: int | None) -> int:
        """How many events are past a cursor; 0 unless they are more than `at_most`."""
        if at_most is None:
            return 0
        log = Log(detail.run.run, detail.run.shard)
        first, more = await read_some(self._nc, log.stream, log.all, cursor, 1)
        past = len(first) + more
        return past if past > at_most else 0

    async def _find(self, asked: str, min_seq: int) -> RunDetail:
        """The run, by its id or the beginning of it, as memory knows it once it has applied `min_seq`."""
        shard = shard_of(asked, self._settings.shards)
        try:
            detail = await self._memory.run(asked, shard, min_seq)
        except RefusedError as err:
            if err.failure.code is not FailureCode.UNKNOWN_RUN:
                raise
            detail = await self._find_new(asked, shard, err)
        if detail.run.shard != shard:  # only the whole id tells where its log is
            return await self._memory.run(detail.run.run, detail.run.shard, min_seq)
        return detail

    async def _find_new(self, run: str, shard: int, refused: RefusedError) -> RunDetail:
        """One that memory does not know: the log tells whether it has just been submitted."""
        first = await read(self._nc, stream_of(shard), Log(run, shard).all, limit=1)
        if not first:
            raise refused
        try:
            return await self._memory.run(run, shard, first[0].seq)
        except RefusedError as err:
            if err.failure.code is not FailureCode.UNKNOWN_RUN:
                raise
            raise Problem(503, "unavailable", "memory has not come to this run yet", "it will; ask again") from err
