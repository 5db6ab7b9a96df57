"""Limits on money hold, by the provider's own books: with many workers, when they are killed, over restarts."""

import asyncio
import os
import signal
from collections.abc import Sequence

import pytest
from budget_support import RESERVED_USD, Endpoint, broker_pid, model_workers, until_refused
from fleet_support import RunningFleet
from nats.aio.client import Client

from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import new_id

CALLERS = 50
FEWEST_REQUESTS = 20
"""What a dollar is enough for when each of them costs all that it reserves."""


@pytest.fixture
async def endpoint():
    async with Endpoint() as endpoint:
        yield endpoint


async def connections(fleet: RunningFleet) -> list[Client]:
    return [await fleet.connect("coder") for _ in range(3)]


async def fifty(clients: Sequence[Client], run: str, **limits: float | None) -> list[tuple[int, Failure]]:
    return await asyncio.gather(
        *(until_refused(clients[index % len(clients)], run, f"s{index}", **limits) for index in range(CALLERS))
    )


async def test_fifty_callers_spend_a_runs_dollar_and_not_a_cent_more(start_fleet, endpoint: Endpoint) -> None:
    fleet = await start_fleet(roles=())
    async with model_workers(fleet, endpoint) as start:
        await asyncio.gather(start(), start(), start())
        outcomes = await fifty(await connections(fleet), new_id(), run_usd=1.0)
    assert {failure.code for _, failure in outcomes} == {FailureCode.BUDGET}
    assert sum(cents for cents, _ in outcomes) == endpoint.billed_cents
    assert 100 * (1.0 - RESERVED_USD) < endpoint.billed_cents <= 100, "refused only when a call may not fit any more"
    assert any("of $1.00; this call may cost up to $0.05" in failure.message for _, failure in outcomes)


async def test_a_steps_limit_holds_beside_the_runs(start_fleet, endpoint: Endpoint) -> None:
    fleet = await start_fleet(roles=())
    async with model_workers(fleet, endpoint) as start:
        await start()
        nc, run, limits = await fleet.connect("coder"), new_id(), {"run_usd": 1.0, "step_usd": 0.2}
        outcomes = await asyncio.gather(*(until_refused(nc, run, f"s{index}", **limits) for index in range(10)))
    assert all(cents <= 20 for cents, _ in outcomes)
    assert endpoint.billed_cents <= 100


async def test_the_limit_holds_when_workers_are_killed_with_calls_under_way(start_fleet, endpoint: Endpoint) -> None:
    fleet = await start_fleet(roles=())
    async with model_workers(fleet, endpoint) as start:
        victims = [await start(), await start()]
        clients = await connections(fleet)
        endpoint.answering.clear()
        spending = asyncio.create_task(fifty(clients, new_id(), lost_after_s=2.5, run_usd=1.0))
        await endpoint.wait_for(FEWEST_REQUESTS)
        for victim in victims:
            await victim.kill()
        endpoint.answering.set()
        await start()
        outcomes = await spending
    assert {failure.code for _, failure in outcomes} == {FailureCode.BUDGET}
    assert endpoint.billed_cents <= 100, "what was billed for lost answers is within the limit as well"
    assert any("cut off" in failure.message for _, failure in outcomes)


async def test_the_limit_holds_over_a_restart_of_the_broker(start_fleet, endpoint: Endpoint) -> None:
    fleet = await start_fleet(roles=())
    async with model_workers(fleet, endpoint) as start:
        await asyncio.gather(start(), start())
        spending = asyncio.create_task(fifty(await connections(fleet), new_id(), lost_after_s=2.5, run_usd=1.0))
        await endpoint.wait_for(FEWEST_REQUESTS)
        os.kill(broker_pid(fleet), signal.SIGKILL)
        outcomes = await spending
    assert {failure.code for _, failure in outcomes} == {FailureCode.BUDGET}
    assert endpoint.billed_cents <= 100


async def test_two_runs_share_what_the_fleet_may_spend_in_a_day(start_fleet, endpoint: Endpoint) -> None:
    fleet = await start_fleet(roles=(), fleet_usd_per_day=1.0)
    async with model_workers(fleet, endpoint) as start:
        await asyncio.gather(start(), start())
        clients = await connections(fleet)
        one, two = await asyncio.gather(fifty(clients, new_id()), fifty(clients, new_id(), run_usd=0.3))
    assert sum(cents for cents, _ in two) <= 30
    assert 100 * (1.0 - RESERVED_USD) < endpoint.billed_cents <= 100
    assert any(failure.message.startswith("The fleet has today (UTC) used") for _, failure in one)
