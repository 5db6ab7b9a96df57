"""Memory that is written and searched: a put until it is acknowledged, and finding items among ten thousand."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterator

from figure import Figure
from harness import DURABILITIES, Durability, scratch
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import CLIENT
from mycoderai.broker.request import call
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.notes import Items, Place, Provenance, Put, Recall, SearchItems, WriteItems, Written
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY_QUERY, memory_write

PUT_REACH_MS = {"power": 10.0, "process": 10.0}
SEARCH_REACH_MS = 20.0
PUTS = 300
SEARCHES = 200
ITEMS = 10_000
AT_ONCE = 100
WORDS_OF_AN_ITEM = 40
VOCABULARY = 5_000
SHOP = Place(scope="project", owner="shop")


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        yield Figure(
            name="memory: put acknowledged",
            unit="ms",
            samples=asyncio.run(_puts(durability)),
            reach=PUT_REACH_MS[durability],
            durability=durability,
        )
    searched, recalled = asyncio.run(_searches())
    yield Figure(name="memory: search of 3 words in 10,000 items", unit="ms", samples=searched, reach=SEARCH_REACH_MS)
    yield Figure(name="memory: recall for a step in 10,000 items", unit="ms", samples=recalled, reach=SEARCH_REACH_MS)


async def _puts(durability: Durability) -> list[float]:
    async with _memory(durability) as nc:
        return [await _timed(put_texts(nc, [f"key-{number}"], texts(number))) for number in range(PUTS)]


async def _searches() -> tuple[list[float], list[float]]:
    async with _memory("process") as nc:
        for start in range(0, ITEMS, AT_ONCE):
            await put_texts(nc, [f"key-{number}" for number in range(start, start + AT_ONCE)], texts(start))
        asked = [" ".join(_words(ITEMS + number, 3)) for number in range(SEARCHES)]
        searches = [SearchItems(text=text, places=(SHOP,), limit=10) for text in asked]
        # What a step is about: a goal of a few lines.
        goals = [" ".join(_words(2 * ITEMS + number, 60)) for number in range(SEARCHES)]
        recalls = [Recall(run="r1", role="coder", project="shop", by="ada", text=goal) for goal in goals]
        return (
            [await _timed(call(nc, MEMORY_QUERY, query, Items, timeout_s=10)) for query in searches],
            [await _timed(call(nc, MEMORY_QUERY, query, Items, timeout_s=10)) for query in recalls],
        )


@contextlib.asynccontextmanager
async def _memory(durability: Durability) -> AsyncIterator[Client]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability=durability)
        async with Fleet(settings, ("memory",)) as fleet:
            nc = await connect(fleet.settings, CLIENT, name="bench")
            try:
                yield nc
            finally:
                await nc.close()


async def _timed(work: Awaitable[object]) -> float:
    began = time.monotonic()
    await work
    return (time.monotonic() - began) * 1e3


async def put_texts(nc: Client, keys: list[str], some: Iterator[str]) -> None:
    changes = tuple(Put(key=key, text=next(some)) for key in keys)
    request = WriteItems(id=keys[0], place=SHOP, changes=changes, provenance=Provenance(source="person"))
    written = await call(nc, memory_write(), request, Written, timeout_s=10)
    if written.refused:
        raise RuntimeError(f"refused: {written.refused[0].reason}")


def texts(seed: int) -> Iterator[str]:
    while True:
        yield " ".join(_words(seed, WORDS_OF_AN_ITEM))
        seed += 1


def _words(seed: int, count: int) -> list[str]:
    """As in natural language, a few words are in most texts and most are in few."""
    chance = random.Random(seed)  # noqa: S311 - the same words in every measurement
    return [f"word{int(VOCABULARY ** chance.random())}" for _ in range(count)]
