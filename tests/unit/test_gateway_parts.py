"""The gateway's small parts: shared sources, the address, the token, what is cut."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from nats.aio.client import Client

from mycoderai.broker.tasks import end
from mycoderai.gateway import uploads, wire
from mycoderai.gateway.listen import LOOPBACK, listen, url_of
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem, as_problem
from mycoderai.gateway.readiness import Readying
from mycoderai.gateway.sources import Sources
from mycoderai.schemas.errors import MycoderError, RefusedError, ServiceLost
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.health import Readiness


class Silent:
    """A source of which nothing ever comes."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def test_a_source_is_shared_and_ends_with_its_last_viewer() -> None:
    sources = Sources()
    first, second = sources.open("run:a", Silent), sources.open("run:a", Silent)
    assert first is second
    await asyncio.sleep(0)
    sources.close("run:a")
    assert sources.open("run:a", Silent) is first
    sources.close("run:a")
    sources.close("run:a")
    async with asyncio.timeout(60):
        await first.ended.wait()
    assert sources.open("run:a", Silent) is not first
    sources.close("run:a")


def test_a_port_that_is_taken_is_refused_when_asked_for_and_else_passed_over(tmp_path: Path) -> None:
    url_file = tmp_path / "gateway.url"
    with listen(LOOPBACK, 0, url_file) as first:
        port = first.getsockname()[1]
        url_file.write_text(f"{url_of(first)}\n")
        with pytest.raises(MycoderError, match=f"port {port}") as taken:
            listen(LOOPBACK, port, url_file)
        assert "--port" in taken.value.fix
        with pytest.raises(MycoderError) as elsewhere:
            listen("192.0.2.1", port, url_file)
        assert "--host" in elsewhere.value.fix
        with listen(LOOPBACK, None, url_file) as second:
            assert second.getsockname()[1] != port
    with listen(LOOPBACK, None, url_file) as again:
        assert again.getsockname()[1] == port, "browsers keep the address"


def test_an_address_for_all_is_shown_as_one_a_browser_can_open() -> None:
    with socket.create_server(("0.0.0.0", 0)) as everywhere:  # noqa: S104 - what a container does
        assert url_of(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"


def test_long_texts_and_lists_are_cut_and_the_rest_is_left_alone() -> None:
    value = {"a": "x" * 10_000, "b": [1] * 1000, "c": {"d": (None, 1.5, "short")}}
    cut = wire.shortened(value)
    assert len(cut["a"]) < 6_100
    assert "4000 characters left out" in cut["a"]
    assert len(cut["b"]) == 500
    assert cut["c"] == {"d": [None, 1.5, "short"]}


def test_an_error_a_client_can_do_something_about_has_its_own_status() -> None:
    gone = Failure(code=FailureCode.UNKNOWN_RUN, message="There is no such run.", fix="mycoder ls")
    refused, silent = as_problem(RefusedError(gone)), as_problem(ServiceLost("nobody"))
    assert refused
    assert (refused.status, refused.fields["code"], refused.fields["fix"]) == (404, "unknown_run", "mycoder ls")
    assert silent
    assert (silent.status, silent.code) == (503, "unavailable")
    assert as_problem(KeyError("a bug")) is None
    full = as_problem(OSError(errno.ENOSPC, "No space left on device"))
    assert full is not None
    assert (full.status, full.code) == (503, "no_room")
    assert as_problem(OSError(errno.EIO, "Input/output error")) is None


async def test_who_waits_too_long_to_upload_is_told_and_the_next_one_gets_the_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "LINE_S", 0.05)
    taking = uploads.Uploads(cast(Client, None))
    reading = asyncio.Semaphore(0)

    async def endless() -> AsyncIterator[bytes]:
        reading.release()
        await asyncio.Event().wait()
        yield b""

    async def nothing() -> AsyncIterator[bytes]:
        yield b"no bundle"

    under_way = [asyncio.create_task(taking.take(endless(), "")) for _ in range(uploads.AT_ONCE)]
    for _ in under_way:
        await reading.acquire()
    with pytest.raises(Problem, match="just now") as told:
        await taking.take(nothing(), "")
    assert (told.value.status, told.value.code) == (503, "busy")
    await end(under_way)
    with pytest.raises(Problem, match="no git bundle"):
        await taking.take(nothing(), "")


async def test_many_who_ask_at_once_whether_it_is_ready_cost_the_broker_one_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = []

    async def look(self: Readying) -> Readiness:
        looked.append(self)
        await asyncio.sleep(0)
        return Readiness(status="ready", checks={})

    monkeypatch.setattr(Readying, "_look", look)
    readying = Readying(cast(Client, None), Settings(), Memory(cast(Client, None)))
    found = await asyncio.gather(*(readying.look() for _ in range(20)))
    assert {readiness.status for readiness in found} == {"ready"}
    assert len(looked) == 1
