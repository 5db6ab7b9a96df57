"""A bit that flipped in the broker's store: the broker skips the message without a word, and memory says which."""

import json
from pathlib import Path

import msgspec
import pytest
from eventually import WITHIN_S, eventually
from structlog.testing import CapturingLogger

from mycoderai.broker.letters import Letter, letters_on
from mycoderai.broker.metrics import LOST_EVENTS as LOST_METRIC
from mycoderai.broker.request import call
from mycoderai.gateway.cli.checks_fleet import log_finding
from mycoderai.schemas.memory import ListRuns, Runs
from mycoderai.schemas.subjects import LOST_EVENTS, MEMORY_QUERY, Log
from tests.integration.memory_fixtures import Broker, another, asking, broker, memory, restart, rows, write
from tests.integration.redis_support import redis_server
from tests.unit.memory_items import put
from tests.unit.memory_logs import solved_run

MARK = b"the bit that flips"


def flip(store: Path, stream: str = "EVENTS") -> None:
    """One bit of the message that holds the mark, in the block it is kept in."""
    blocks = (store / "jetstream").glob(f"*/streams/{stream}/msgs/*.blk")
    block = next(block for block in blocks if MARK in block.read_bytes())
    content = bytearray(block.read_bytes())
    content[content.index(MARK)] ^= 1
    block.write_bytes(content)


async def marked(here: Broker) -> int:
    """The sequence of a message that is going to be damaged."""
    text = b'{"kind":"ask.message","step":"solve","text":"%b"}' % MARK
    reply = await here.admin.request(Log("marked").ask("message"), text, timeout=WITHIN_S)
    return int(json.loads(reply.data)["seq"])


async def letter_of_damage(here: Broker) -> Letter:
    found = await eventually(lambda: letters_on(here.admin, LOST_EVENTS))
    assert len(found) == 1
    return found[0]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    monkeypatch.setattr("mycoderai.workers.memory.follow.log", logger)
    monkeypatch.setattr("mycoderai.workers.memory.follow.CHECK_EVERY_S", 0.2)
    return logger


@pytest.mark.parametrize("home", ["file", "redis"])
async def test_memory_that_is_built_over_damage_goes_on_and_names_what_is_lost(
    tmp_path: Path, said: CapturingLogger, home: str
) -> None:
    async with broker(tmp_path / "one") as here, redis_server(tmp_path) as redis:
        settings = msgspec.structs.replace(here.settings, redis_url=redis.url) if home == "redis" else here.settings
        await here.send(solved_run())
        seq = await marked(here)
        last = await here.send(solved_run(Log("later")))
        await restart(here, flip)
        assert "no message" in (await log_finding(here.admin)).text
        before = LOST_METRIC.value("EVENTS")
        async with memory(settings), asking(here) as nc:
            found = await call(nc, MEMORY_QUERY, ListRuns(min_seq=last), Runs, timeout_s=15)
            assert found.fresh
            assert len(found.runs) == 2
            letter = await letter_of_damage(here)
            assert (letter.stream, letter.sequence) == ("EVENTS", seq)
            assert letter.reason == f"the broker cannot read message {seq} of EVENTS: its store is damaged"
            # The row is stored, and the letter may be sent, before it is said and counted.
            await eventually(lambda: LOST_METRIC.value("EVENTS") == before + 1)
        assert [call.kwargs for call in said.calls if call.args == ("memory.log_damaged",)] == [
            {"stream": "EVENTS", "first": seq, "last": seq}
        ]
        finding = await log_finding(here.admin)
        assert finding.state == "fail"
        assert f"message {seq} of EVENTS" in finding.text


@pytest.mark.parametrize("at_the_end", [False, True], ids=["in the middle", "at the end"])
async def test_damage_in_what_was_applied_is_found_and_the_row_stays(
    tmp_path: Path, said: CapturingLogger, at_the_end: bool
) -> None:
    async with broker(tmp_path / "one") as here:
        await here.send(solved_run())
        seq = await marked(here)
        if not at_the_end:
            await here.send(solved_run(Log("later")))
        async with memory(here.settings):
            await restart(here, flip)
            assert (await letter_of_damage(here)).sequence == seq
            assert (seq, MARK.decode()) in rows(here.settings, "SELECT seq, reason FROM asks")
        # Another replica finds it too, and the letter is there already.
        replica = another(here.settings, tmp_path / "two")
        async with memory(replica):
            await eventually(lambda: rows(replica, "SELECT seq, published FROM dead") == [(seq, 1)])
            assert (await letter_of_damage(here)).sequence == seq


@pytest.mark.usefixtures("said")
async def test_a_write_that_cannot_be_read_is_named_too(tmp_path: Path) -> None:
    async with broker(tmp_path / "one") as here:
        async with memory(here.settings), asking(here) as nc:
            lost = await write(nc, "a", put("style", MARK.decode()))
            await write(nc, "b", put("other"))
        await restart(here, lambda store: flip(store, "MEMORY"))
        replica = another(here.settings, tmp_path / "two")
        async with memory(replica):
            letter = await letter_of_damage(here)
            assert (letter.stream, letter.sequence) == ("MEMORY", lost.seq)
            assert rows(replica, "SELECT key FROM items") == [("other",)]


async def test_what_was_purged_is_no_damage(tmp_path: Path, said: CapturingLogger) -> None:
    async with broker(tmp_path) as here:
        seq = await here.send(solved_run())
        last = await here.send(solved_run(Log("later")))
        await here.api("STREAM.PURGE.EVENTS", {"seq": seq})
        async with memory(here.settings):
            assert rows(here.settings, "SELECT seq FROM position WHERE stream = 'EVENTS'") == [(last,)]
            assert rows(here.settings, "SELECT * FROM dead") == []
