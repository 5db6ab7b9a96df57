"""Something costly that many ask for at once is made once, errors included."""

import asyncio

import pytest

from mycoderai.broker.kept import Kept


class Maker:
    def __init__(self) -> None:
        self.made = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.made += 1
        await self.may_end.wait()
        if self.made == 1:
            raise ConnectionError("away")
        return self.made


async def asked(kept: Kept[int], count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(kept.get()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_meanwhile_share_the_error_and_the_next_ones_the_value() -> None:
    make = Maker()
    kept = Kept(make, 60)
    first = await asked(kept, 3)
    make.may_end.set()
    assert {type(one) for one in await asyncio.gather(*first, return_exceptions=True)} == {ConnectionError}
    assert await asyncio.gather(*await asked(kept, 3)) == [2, 2, 2]
    assert await kept.get() == make.made == 2


async def test_what_is_old_is_made_anew() -> None:
    make = Maker()
    make.made = 1
    make.may_end.set()
    kept = Kept(make, 0)
    assert [await kept.get(), await kept.get()] == [2, 3]


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    make = Maker()
    make.made = 1
    kept = Kept(make, 60)
    impatient, patient = await asked(kept, 2)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    make.may_end.set()
    assert await patient == 2
