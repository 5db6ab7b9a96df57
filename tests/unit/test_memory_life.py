"""Waiting for a sequence."""

import asyncio

from mycoderai.workers.memory.applied import Applied


async def test_who_waits_is_told_when_the_sequence_is_reached() -> None:
    applied = Applied()
    applied.move("EVENTS", 1)
    waiting = asyncio.create_task(applied.reached("EVENTS", 3, within_s=60))
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
    async with asyncio.timeout(30):
        assert not await Applied().reached("EVENTS-7", 1, within_s=60)
        assert await Applied().reached("EVENTS-7", 0, within_s=60)
