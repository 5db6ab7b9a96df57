import asyncio

import pytest

from jobs import GaveUp, Result, Runner, retry


def test_result():
    assert Result("a").ok
    assert not Result("a", error="x").ok


def test_attempt_limit():
    calls = []

    async def job():
        calls.append(1)
        raise ConnectionError

    with pytest.raises(GaveUp):
        asyncio.run(retry("j", job, attempts=5))
    assert len(calls) == 5


def test_default_limit():
    async def slow():
        await asyncio.sleep(0.001)
        return 1

    runner = Runner()
    results = asyncio.run(runner.run({str(n): slow for n in range(5)}))
    assert runner.peak == 2 and len(results) == 5 and runner.failed() == []
