"""Commands that died with a worker before it could tell of them are found, and no others."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from dead_support import serving
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from nats.aio.msg import Msg

from mycoderai.broker.consume import Delivery
from mycoderai.gateway.fleet_unheld import hand_back_unheld
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.subjects import COMMANDS, held_asked

StartFleet = Callable[..., Awaitable[RunningFleet]]
POOL = "noop"
TASK = RunSubmitted(task="x", role=POOL)


class Held:
    """A handler that ends nothing, and what it was given."""

    def __init__(self) -> None:
        self.runs: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, delivery: Delivery) -> None:
        self.runs.put_nowait(delivery.subject.split(".")[2])
        await asyncio.Event().wait()


async def taken_by_a_worker_that_dies(fleet: RunningFleet) -> str:
    """The run whose command was delivered on a connection that is gone."""
    nc = await fleet.connect(POOL)
    inbox = nc.new_inbox()
    delivered: asyncio.Queue[Msg] = asyncio.Queue()
    await nc.subscribe(inbox, cb=delivered.put)
    request = json.dumps({"batch": 1, "expires": int(WITHIN_S) * 10**9}).encode()
    await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{POOL}", request, reply=inbox)
    await nc.flush()
    log = await fleet.submit(TASK)
    async with asyncio.timeout(WITHIN_S):
        assert (await delivered.get()).subject.split(".")[2] == log.run
    await nc.close()
    return log.run


async def handed_back(fleet: RunningFleet) -> int:
    """How many were: none as long as a worker, or the broker, is too slow to answer, or to notice that one has gone."""
    return await eventually(lambda: hand_back_unheld(fleet.settings, (POOL,)))


async def test_what_a_dead_worker_never_told_of_is_delivered_again_and_what_the_living_hold_is_not(
    start_fleet: StartFleet,
) -> None:
    fleet = await start_fleet(("orchestrator",))
    lost = await taken_by_a_worker_that_dies(fleet)
    held = Held()
    async with serving(await fleet.connect(POOL), POOL, held):
        living = (await fleet.submit(TASK)).run
        assert await held.runs.get() == living
        assert await handed_back(fleet) == 1
        async with asyncio.timeout(WITHIN_S):
            assert await held.runs.get() == lost
        assert await hand_back_unheld(fleet.settings, (POOL,)) == 0, "both are held now"


async def test_nothing_is_taken_from_a_worker_that_does_not_answer(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("orchestrator",))
    await taken_by_a_worker_that_dies(fleet)
    silent = await fleet.connect(POOL)

    async def say_nothing(_: Msg) -> None:
        pass

    await silent.subscribe(held_asked(POOL), cb=say_nothing)
    await silent.flush()
    assert await hand_back_unheld(fleet.settings, (POOL,)) == 0
    await silent.close()
    assert await handed_back(fleet) == 1
