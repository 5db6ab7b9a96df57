"""Questions to the memory workers, as the gateway asks them."""

from typing import TypeVar

from nats.aio.client import Client

from mycoderai.broker.request import call
from mycoderai.schemas.memory import Answer, Asked, GetRun, GetTurns, ListRuns, RunDetail, Runs, TurnLine, Turns
from mycoderai.schemas.subjects import MEMORY_QUERY

TIMEOUT_S = 5.0
MOST_TURNS = 400
"""Turns a snapshot shows; what is older stays in the log."""
_PAGE = 200
Reply = TypeVar("Reply", bound=Answer)


class Memory:
    """Raises RefusedError with memory's reason, ServiceLost when no memory worker answers."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def ask(self, question: Asked, reply_type: type[Reply], timeout_s: float = TIMEOUT_S) -> Reply:
        return await call(self._nc, MEMORY_QUERY, question, reply_type, timeout_s=timeout_s, lost_after_s=timeout_s)

    async def runs(self, question: ListRuns) -> Runs:
        return await self.ask(question, Runs)

    async def run(self, run: str, shard: int = 0, min_seq: int = 0) -> RunDetail:
        return await self.ask(GetRun(run=run, shard=shard, min_seq=min_seq), RunDetail)

    async def last_turns(self, run: str) -> tuple[TurnLine, ...]:
        turns: tuple[TurnLine, ...] = ()
        more = True
        while more:
            after = turns[-1].seq if turns else 0
            page = await self.ask(GetTurns(run=run, after=after, limit=_PAGE), Turns)
            turns, more = (*turns, *page.turns)[-MOST_TURNS:], page.more and bool(page.turns)
        return turns
