"""Waiting for a sequence, and ending what does not want to end."""

import asyncio

from mycoderai.broker.tasks import end
from mycoderai.workers.memory.service import Applied


async def test_who_waits_is_told_when_the_sequence_is_reached() -> None:
    applied = Applied()
    applied.move("EVENTS", 1)
    waiting = asyncio.create_task(applied.reached("EVENTS", 3, within_s=5))
    for seq in (2, 3):
        await asyncio.sleep(0)
        assert not waiting.done()
        applied.move("EVENTS", seq)
    assert await waiting


async def test_waiting_has_an_end() -> None:
    applied = Applied()
    applied.move("EVENTS", 1)
    assert not await applied.reached("EVENTS", 2, within_s=0.01)


async def test_nobody_waits_for_a_stream_that_is_not_followed() -> None:
    async with asyncio.timeout(1):
        assert not await Applied().reached("EVENTS-7", 1, within_s=60)
        assert await Applied().reached("EVENTS-7", 0, within_s=60)


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
