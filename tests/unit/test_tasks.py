import asyncio

import pytest

from mycoderai.broker.tasks import all_or_none, end


async def test_a_task_that_forgets_a_cancellation_is_cancelled_again() -> None:
    forgot = asyncio.Event()

    async def forgetful() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            forgot.set()
        await asyncio.Event().wait()

    task: asyncio.Task[object] = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await end([task], 0.01)
    assert task.cancelled()
    assert forgot.is_set()


@pytest.mark.parametrize("caller_is_cancelled", [True, False])
async def test_what_is_broken_off_undoes_its_work_in_peace(caller_is_cancelled: bool) -> None:
    fail, undone = asyncio.Event(), asyncio.Event()

    async def quick() -> None:
        await fail.wait()
        raise ValueError("quick")

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            undone.set()

    both = asyncio.create_task(all_or_none(quick(), slow()))
    await asyncio.sleep(0)
    both.cancel() if caller_is_cancelled else fail.set()
    with pytest.raises(asyncio.CancelledError if caller_is_cancelled else ValueError):
        await both
    assert undone.is_set()


async def test_all_results_come_in_the_order_of_their_coroutines() -> None:
    assert await all_or_none(asyncio.sleep(0.01, "a"), asyncio.sleep(0, "b")) == ["a", "b"]
    assert await all_or_none() == []
