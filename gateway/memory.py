"""Questions to the memory workers, as the gateway asks them."""

from typing import TypeVar

from nats.aio.client import Client

from mycoderai.gateway.services import ask_service
from mycoderai.schemas.memory import Answer, Asked, GetRun, GetTurns, ListRuns, RunDetail, Runs, TurnLine, Turns
from mycoderai.schemas.subjects import MEMORY_QUERY

MEMORY = "memory"
TIMEOUT_S = 5.0
MOST_TURNS = 50
"""Turns a snapshot shows; what is older is read from the log when somebody looks at it."""
_PAGE = 200
_FIRST_REACH = 500
Reply = TypeVar("Reply", bound=Answer)


class Memory:
    """Raises RefusedError with memory's reason, ServiceLost when no memory worker answers."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def ask(self, question: Asked, reply_type: type[Reply], timeout_s: float = TIMEOUT_S) -> Reply:
        return await ask_service(
            self._nc, MEMORY, MEMORY_QUERY, question, reply_type, timeout_s=timeout_s, lost_after_s=timeout_s
        )

    async def runs(self, question: ListRuns) -> Runs:
        return await self.ask(question, Runs)

    async def run(self, run: str, shard: int = 0, min_seq: int = 0) -> RunDetail:
        return await self.ask(GetRun(run=run, shard=shard, min_seq=min_seq), RunDetail)

    async def last_turns(self, run: str, head: int = 0) -> tuple[TurnLine, ...]:
        """Up to MOST_TURNS, looked for from `head`, the end of the run's event stream, backward in ranges that grow: a
        run may have tens of thousands. Without a head they are all read."""
        reach = _FIRST_REACH
        while True:
            after = max(0, head - reach)
            turns = await self._turns_after(run, after)
            if not after or len(turns) >= MOST_TURNS:
                return turns[-MOST_TURNS:]
            reach *= 4

    async def _turns_after(self, run: str, after: int) -> tuple[TurnLine, ...]:
        turns: tuple[TurnLine, ...] = ()
        more = True
        while more:
            page = await self.ask(GetTurns(run=run, after=turns[-1].seq if turns else after, limit=_PAGE), Turns)
            turns, more = (*turns, *page.turns)[-MOST_TURNS:], page.more and bool(page.turns)
        return turns
