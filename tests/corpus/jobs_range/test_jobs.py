import asyncio

import pytest

from jobs import GaveUp, Runner, first_value, retry


def flaky(failures, value):
    left = [failures]

    async def job():
        await asyncio.sleep(0)
        if left[0] > 0:
            left[0] -= 1
            raise ConnectionError("down")
        return value

    return job


def test_retry_returns_value_and_attempts():
    assert asyncio.run(retry("a", flaky(0, 7))) == (7, 1)
    assert asyncio.run(retry("a", flaky(2, 7))) == (7, 3)


def test_retry_gives_up():
    with pytest.raises(GaveUp) as caught:
        asyncio.run(retry("a", flaky(3, 7)))
    assert caught.value.attempts == 3


def test_other_errors_are_not_retried():
    async def broken():
        raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(retry("a", broken))


def test_runner_collects_sorted_results():
    runner = Runner()
    results = asyncio.run(runner.run({"b": flaky(0, 2), "a": flaky(1, 1), "c": flaky(9, 3)}))
    assert [(r.name, r.value, r.attempts, r.ok) for r in results] == [
        ("a", 1, 2, True),
        ("b", 2, 1, True),
        ("c", None, 3, False),
    ]
    assert runner.failed() == ["c"]


def test_runner_respects_limit():
    runner = Runner(limit=3)
    asyncio.run(runner.run({str(n): flaky(1, n) for n in range(10)}))
    assert runner.peak == 3
    assert runner.running == 0


def test_first_value():
    async def scenario(items):
        queue = asyncio.Queue()
        for item in items:
            queue.put_nowait(item)
        return await first_value(queue, lambda n: n > 10)

    assert asyncio.run(scenario([3, 12, 40])) == 12
    assert asyncio.run(scenario([3, None, 40])) is None
