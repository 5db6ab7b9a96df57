"""Items kept in the worker's memory: never older than what was applied."""

import asyncio
from collections.abc import Sequence

import pytest

from mycoderai.schemas.memory import Answer
from mycoderai.schemas.notes import AnyQuery, Forget, GetItem, Items, Place, Written
from mycoderai.schemas.subjects import MEMORY
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.cached import Cached
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch, Letter
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_items import SHOP, Memory, kept, memory, put, written
from tests.unit.memory_logs import batch

OTHER = Place(scope="project", owner="other")


class Beneath:
    """Rows in memory that count how often they are asked; `late` is awaited between reading and answering."""

    def __init__(self, here: Memory) -> None:
        self.here = here
        self.asked = 0
        self.late = asyncio.Event()
        self.late.set()

    async def answer(self, query: AnyQuery) -> Answer:
        self.asked += 1
        found = answer(self.here.db, query)
        await self.late.wait()
        return found

    async def apply(self, batch: Batch) -> int:
        return apply_batch(self.here.db, batch)

    async def position(self, stream: str) -> Position:
        return Position()

    async def letters(self, limit: int) -> list[Letter]:
        return []

    async def sent(self, letters: Sequence[Letter]) -> None:
        pass

    async def outcome(self, writer: str, id_: str) -> Written | None:
        return None


def a_write(here: Memory, *changes: object, place: Place = SHOP) -> Batch:
    one = written(*changes, id=f"w{here.seq + 1}", place=place)  # type: ignore[arg-type]
    raws = kept([one], here.seq)
    here.seq += 1
    return batch(raws, MEMORY)


async def text(cached: Cached, key: str = "style", place: Place = SHOP) -> str:
    found = await cached.answer(GetItem(place=place, key=key))
    assert isinstance(found, Items)
    return found.items[0].text if found.items else ""


async def test_an_item_is_read_once_until_its_place_changes() -> None:
    with memory() as here:
        cached = Cached(beneath := Beneath(here))
        await cached.apply(a_write(here, put("style", "tabs"), put("rest", "x")))
        assert [await text(cached) for _ in range(3)] == ["tabs"] * 3
        await cached.apply(a_write(here, put("far", "away"), place=OTHER))
        assert (await text(cached), beneath.asked) == ("tabs", 1)
        await cached.apply(a_write(here, put("style", "spaces")))
        assert (await text(cached), beneath.asked) == ("spaces", 2)
        await cached.apply(a_write(here, Forget(key="style")))
        assert await text(cached) == ""


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    with memory() as here:
        cached = Cached(beneath := Beneath(here))
        await cached.apply(a_write(here, put("style", "old")))
        beneath.late.clear()
        reading = asyncio.create_task(text(cached))
        await asyncio.sleep(0)
        await cached.apply(a_write(here, put("style", "new")))
        beneath.late.set()
        assert await reading == "old", "it was asked before"
        assert await text(cached) == "new"


async def test_an_item_that_expired_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory() as here:
        cached = Cached(Beneath(here))
        await cached.apply(a_write(here, put("style", "brief", ttl_s=9e8)))
        assert await text(cached) == "brief"
        for module in ("answer", "cached"):
            monkeypatch.setattr(f"mycoderai.workers.memory.{module}.now", lambda: "2099-01-01T00:00:00.000000000Z")
        assert await text(cached) == ""


async def test_rows_that_were_put_back_are_read_again() -> None:
    with memory() as here:
        cached = Cached(beneath := Beneath(here))
        await cached.apply(a_write(here, put("style", "tabs")))
        await text(cached)
        await cached.position(MEMORY)
        await text(cached)
    assert beneath.asked == 2


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoderai.workers.memory.cached.MOST_BYTES", 10_000)
    with memory() as here:
        cached = Cached(beneath := Beneath(here))
        await cached.apply(a_write(here, *(put(f"k{number}", "x" * 3_000) for number in range(5))))
        for number in range(5):
            await text(cached, f"k{number}")
        await text(cached, "k4")
        assert beneath.asked == 5, "the last is still there"
        await text(cached, "k0")
        assert beneath.asked == 6, "the first made room"
