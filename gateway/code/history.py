"""Which states of the code a run has gone through, read from its log and read on when it is asked again."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

from nats.aio.client import Client

from mycoderai.broker.log import Raw, read
from mycoderai.gateway.code.points import Points
from mycoderai.gateway.finding import find_run
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

KEPT_RUNS = 100
KEPT_POINTS = 100_000
"""Of all runs together; the run looked at last is kept, whatever it has."""
PAGE = 100


class _Known:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.points = Points()
        self.seqs: dict[str, int] = {}
        self.lock = asyncio.Lock()


class Histories:
    """Raises RefusedError for a run that there is not, BrokerUnreachable."""

    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = memory
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def of(self, run: str) -> tuple[Log, Points]:
        """The run's log and its points up to now. `run` may be the beginning of an id."""
        known = self._known.get(run) or await self._meet(run)
        self._known.move_to_end(known.log.run)
        async with known.lock:
            if not known.points.finished:
                await self._read_on(known)
                self._forget_some()
        return known.log, known.points

    async def _meet(self, run: str) -> _Known:
        log, _ = await find_run(self._nc, self._settings, self._memory, run)
        return self._known.setdefault(log.run, _Known(log))

    def _forget_some(self) -> None:
        points = sum(len(known.points.all) for known in self._known.values())
        while len(self._known) > 1 and (len(self._known) > KEPT_RUNS or points > KEPT_POINTS):
            _, known = self._known.popitem(last=False)
            points -= len(known.points.all)

    async def _read_on(self, known: _Known) -> None:
        """Not the whole log: what models and executors said is most of it. What an event rests on is read after it,
        so that nothing seems to come from nowhere, except for the end, after which nothing is read any more."""
        for family in ("run.>", "step.>", "ready.>"):
            subject = known.log.all.removesuffix(">") + family
            async for raw in pages(self._nc, known.log.stream, subject, known.seqs.get(family, 0)):
                known.points.take(raw.seq, raw.time, raw.subject, raw.data)
                known.seqs[family] = raw.seq


async def pages(nc: Client, stream: str, subject: str, after: int) -> AsyncIterator[Raw]:
    """What is stored on a subject past a sequence, read a page at a time."""
    while page := await read(nc, stream, subject, after, PAGE):
        for raw in page:
            yield raw
        after = page[-1].seq
