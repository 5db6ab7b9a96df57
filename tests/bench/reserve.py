"""What a money limit costs: reserving before a model call and settling after it, the call itself taking no time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

from figure import Figure
from harness import DURABILITIES, Durability, scratch

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.chat import ModelRequest, Usage
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.workers.core.price import Price
from mycoderai.workers.model.spending import Spending

ALONE = 200
CONNECTIONS = (5, 50)
"""As many as there are model workers: calls of one worker share appends, workers contend for them."""
CALLERS = 50
ROUNDS = 6


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        alone, rates = asyncio.run(_samples(durability))
        yield Figure(name="money reserved and settled, one call", unit="ms", samples=alone, durability=durability)
        for workers, samples in rates.items():
            yield Figure(
                name=f"money reserved and settled, {CALLERS} callers of a run at {workers} workers",
                unit="calls/s",
                samples=samples,
                at_least=True,
                durability=durability,
            )


async def _samples(durability: Durability) -> tuple[list[float], dict[int, list[float]]]:
    async with _workers(durability) as workers:
        run = new_id()
        alone = [await _timed(workers[0], run, number) * 1e3 for number in range(ALONE)]
        return alone, {count: [await _rate(workers[:count], new_id()) for _ in range(ROUNDS)] for count in CONNECTIONS}


@contextlib.asynccontextmanager
async def _workers(durability: Durability) -> AsyncIterator[list[Spending]]:
    with scratch() as data:
        async with Fleet(Settings(data_dir=str(data), durability=durability), ()) as fleet:
            connections = [await connect(fleet.settings, "model") for _ in range(max(CONNECTIONS))]
            try:
                yield [Spending(nc, fleet.settings, _price_of) for nc in connections]
            finally:
                for nc in connections:
                    await nc.close()


async def _price_of(_: str) -> Price:
    return Price(call=0.01)


async def _timed(spending: Spending, run: str, number: int) -> float:
    request = ModelRequest(
        call=f"1-{number}", run=run, step="main", model="priced", messages=(), seconds_left=60, run_usd=1e6
    )
    began = time.perf_counter()
    async with spending.on(f"{run}-{number}", request) as bill:
        bill.paid(Usage(cost_usd=0.005))
    return time.perf_counter() - began


async def _rate(workers: list[Spending], run: str) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(_timed(workers[number % len(workers)], run, number) for number in range(CALLERS)))
    return CALLERS / (time.perf_counter() - began)
