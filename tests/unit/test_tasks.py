import asyncio

from mycoderai.broker.tasks import end


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
    async with asyncio.timeout(5):
        await end([task], 0.01)
    assert task.cancelled()
    assert forgot.is_set()
