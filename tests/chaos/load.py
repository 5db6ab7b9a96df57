"""Clients that hand in runs at a rate, and write down what they were told."""

import asyncio
import random
from collections.abc import Sequence

from chaos_agent import WHIMS
from rig import POOL, Rig

from mycoderai.broker.log import append, last
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import BrokerUnreachable, Conflict, NoRoom
from mycoderai.schemas.events import Limits, RunSubmitted
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.subjects import Log

PLANNED = 0.08
"""Share of the runs that a planner splits into steps."""
LIMITS = Limits(attempts=40, minutes=0.01)


class Load:
    """`runs` are those that were handed in."""

    def __init__(self, rig: Rig, rate: float, task: str = WHIMS, *, seed: str = "") -> None:
        self.runs: list[str] = []
        self._rig = rig
        self._rate = rate
        self._task = task
        self._rng = random.Random(f"{rig.seed}/{seed}")  # noqa: S311
        self._going: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float) -> None:
        """Hand in for so long; return when every client was told something definite."""
        loop = asyncio.get_running_loop()
        at, until = loop.time(), loop.time() + seconds
        while at < until:
            await asyncio.sleep(at - loop.time())
            role = "planner" if self._rng.random() < PLANNED else POOL
            self.begin(RunSubmitted(task=self._task, role=role, limits=LIMITS))
            at += self._rng.expovariate(self._rate)
        ours = list(self._going)  # and not what the fault hands in from now on
        try:
            await asyncio.gather(*ours)
        finally:
            await end(ours)

    def begin(self, submission: RunSubmitted) -> str:
        run = new_id()
        task = asyncio.create_task(self.submit(run, submission))
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return run

    async def hand_in(self, tasks: Sequence[str], *, role: str = POOL, limits: Limits = LIMITS) -> list[str]:
        """A run for each; their ids."""
        runs = [self.begin(RunSubmitted(task=task, role=role, limits=limits)) for task in tasks]
        await asyncio.gather(*self._going)
        return runs

    async def accepted(self, task: str, limits: Limits) -> str:
        """A run that was accepted."""
        run = new_id()
        await self.submit(run, RunSubmitted(task=task, role=POOL, limits=limits))
        return run

    async def submit(self, run: str, submission: RunSubmitted) -> None:
        """Until the broker says yes or no: a client that heard nothing asks again with the same run. A no after that
        says nothing about the times before."""
        self.runs.append(run)
        in_doubt = False
        ledger = self._rig.ledger
        subject = Log(run, shard_of(run, self._rig.settings.shards)).run_event("submitted")
        ledger.note(run, "submitted")
        while True:
            try:
                ledger.note(run, "acked", await self._stored(subject, submission))
                return
            except NoRoom as err:
                ledger.note(run, "ambiguous" if in_doubt else "refused", why=err.message)
                return
            except BrokerUnreachable as err:
                in_doubt = True
                ledger.note(run, "ambiguous", why=err.message)

    async def _stored(self, subject: str, submission: RunSubmitted) -> int:
        """Where, by this time or one before. Raises NoRoom, BrokerUnreachable."""
        try:
            return await append(self._rig.client, subject, submission, expected=0, wait_for_room=False)
        except Conflict:
            stored = await last(self._rig.client, subject)
            assert stored
            return stored.seq
