"""How long a body may take to arrive: a slow link is served, a trickle is cut off."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from mycoderai.gateway.api import dispatch
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.uploads import MOST_BYTES


class Link:
    """A body that comes in so fast, on a clock that only it moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bytes_per_s: int, part: int) -> None:
        monkeypatch.setattr(dispatch, "time", SimpleNamespace(monotonic=lambda: 1 + self.taken_s))
        self.taken_s = 0.0
        self._bytes_per_s = bytes_per_s
        self._part = bytes(part)
        self._receive = dispatch.bounded(self._send_part, Headers(), MOST_BYTES)

    async def send(self, size: int) -> None:
        for _ in range(size // len(self._part)):
            await self._receive()

    async def _send_part(self) -> Message:
        self.taken_s += len(self._part) / self._bytes_per_s
        await asyncio.sleep(0)
        return {"type": "http.request", "body": self._part, "more_body": True}


async def test_the_largest_upload_may_come_over_a_slow_link(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link(monkeypatch, bytes_per_s=100_000, part=64 << 10)
    await link.send(MOST_BYTES)
    assert link.taken_s > 5_000


@pytest.mark.parametrize("bytes_per_s", [100, 20_000, 40_000])
async def test_an_upload_that_trickles_gives_up_its_place_within_a_minute(
    monkeypatch: pytest.MonkeyPatch, bytes_per_s: int
) -> None:
    link = Link(monkeypatch, bytes_per_s, part=1_000)
    with pytest.raises(Problem, match="in time") as told:
        await link.send(MOST_BYTES)
    assert (told.value.status, told.value.code) == (408, "too_slow")
    assert "at least 64 KB" in told.value.fix
    assert link.taken_s < 60
