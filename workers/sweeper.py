"""Finds commands the broker has given up, which nothing else tells of.

A command that was delivered `MAX_DELIVER` times stays in the queue for ever: no consumer counts it, nobody gets it,
and the broker's word about it is lost unless somebody listens and pulls at that moment. So every orchestrator
compares now and then what is stored with what the consumers know. Any number may do so at once.
"""

import asyncio
import random

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.backlog import delivered, read_books, without_pool
from mycoderai.broker.log import Raw
from mycoderai.broker.topology import ACK_WAIT_S
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.queue import Books
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS
from mycoderai.workers.core.sweep import given_up, unaccounted
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.stranded import Command, Undertaker

EVERY_S = 30.0
LISTEN_S = ACK_WAIT_S + 2.0
"""Whoever has a delivery says so within its ack wait, or loses it."""
POOL_PATIENCE_S = 300.0
"""How long a step waits for somebody to start its pool."""
log = structlog.get_logger()


class Sweeper:
    def __init__(
        self,
        nc: Client,
        settings: Settings,
        orchestrator: Orchestrator,
        *,
        listen_s: float = LISTEN_S,
        pool_patience_s: float = POOL_PATIENCE_S,
    ) -> None:
        self._nc = nc
        self._shards = settings.shards
        self._undertaker = Undertaker(nc, orchestrator)
        self._listen_s = listen_s
        self._pool_patience_s = pool_patience_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(random.uniform(EVERY_S / 2, EVERY_S))  # noqa: S311 - so that they do not all ask at once
            try:
                await self.sweep()
            except (MycoderError, nats.errors.Error) as err:
                log.warning("sweep.failed", error=str(err))
            except Exception:
                log.exception("sweep.bug")

    async def sweep(self) -> int:
        """One look, two requests when all is well; how many commands were found."""
        before = await read_books(self._nc)
        if unaccounted(before) <= 0:
            return 0
        heard = await self._listen()
        lost, strays = await self._given_up(before, heard), await self._strays()
        for command in lost:
            await self._undertaker.given_up(command)
        for command in strays:
            await self._stray(command)
        return len(lost) + len(strays)

    async def _listen(self) -> set[int]:
        """Sequences of the commands that somebody holds or ends meanwhile."""
        heard: set[int] = set()

        async def on_word(msg: Msg) -> None:
            heard.add(int(msg.subject.split(".")[-4]))

        subscription = await self._nc.subscribe(f"$JS.ACK.{COMMANDS}.>", cb=on_word)
        await asyncio.sleep(self._listen_s)  # silence is what is waited for
        await subscription.unsubscribe()
        return heard

    async def _given_up(self, before: Books, heard: set[int]) -> list[Command]:
        found: list[Raw] = []
        for name, pool in (await read_books(self._nc)).pools.items():
            if name not in before.pools:
                continue
            stored = {raw.seq: raw for raw in await delivered(self._nc, name, pool.delivered)}
            lost = given_up(stored.keys(), pool.unacked, before.pools[name].delivered, heard)
            found += [stored[seq] for seq in sorted(lost)]
        return [Command(raw, self._shards) for raw in found]

    async def _strays(self) -> list[Command]:
        books = await read_books(self._nc)
        found = await without_pool(self._nc, books.pools) if unaccounted(books) > 0 else []
        return [Command(raw, self._shards) for raw in found]

    async def _stray(self, command: Command) -> None:
        log.warning("sweep.no_such_pool", pool=command.pool, run=command.run, waits_s=int(command.age_s))
        if command.age_s > self._pool_patience_s:
            await self._undertaker.unwanted(command)
