"""Writing to memory and searching it over the broker, with two memory workers that have a file each."""

import asyncio
from pathlib import Path

import nats.errors
import pytest
from eventually import WITHIN_S
from nats.aio.client import Client

from mycoderai.broker.log import read
from mycoderai.broker.request import call
from mycoderai.schemas.errors import RefusedError, ServiceLost
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.notes import (
    Approve,
    Forget,
    GetItem,
    Items,
    ListItems,
    SearchItems,
    Written,
)
from mycoderai.schemas.subjects import MEMORY, MEMORY_QUERY, memory_write
from tests.integration.memory_fixtures import (
    another,
    applied,
    asking,
    broker,
    fingerprint,
    forget,
    memory,
    rows,
    until,
    write,
)
from tests.unit.memory_items import GLOBAL, SHOP, put
from tests.unit.memory_logs import solved_run

pytestmark = pytest.mark.usefixtures("patient_memory")


async def ask(nc: Client, query: object) -> Items:
    return await call(nc, MEMORY_QUERY, query, Items, timeout_s=WITHIN_S)


async def test_two_workers_come_to_the_same_items_and_answers(tmp_path: Path) -> None:
    async with broker(tmp_path / "one") as here:
        other = another(here.settings, tmp_path / "two")
        async with memory(here.settings), memory(other), asking(here) as nc, asking(here, "coder") as coder:
            await here.send(solved_run())
            # Everybody wants to be the first: exactly one is, whichever worker is asked.
            raced = await asyncio.gather(*(write(nc, f"race-{n}", put("style", f"v{n}", 0)) for n in range(20)))
            assert sum(not one.refused for one in raced) == 1
            winner = next(one for one in raced if not one.refused)
            assert {one.refused[0].version for one in raced if one.refused} == {winner.changed[0].version}
            again = await asyncio.gather(*(write(nc, f"race-{n}", put("style", f"v{n}", 0)) for n in range(20)))
            assert again == raced, "asked again, whichever worker answers, the answer is the same"
            await write(nc, "f", Forget(key="style"), put("rounding", "A discount is rounded once."))
            last = await write(coder, "g", put("tip", "from an agent"), place=GLOBAL, pool="coder")
            for _ in range(6):  # both workers answer
                found = await ask(nc, SearchItems(text="discount", places=(SHOP,), min_seq=last.seq))
                assert (found.fresh, [item.key for item in found.items]) == (True, ["rounding"])
            ends = await here.ends()
            assert ends[MEMORY] == last.seq
            await until(lambda: applied(here.settings) == applied(other) == ends, "both are there")
        assert fingerprint(here.settings) == fingerprint(other)
        assert len(await read(here.admin, MEMORY, "mem.>")) == 22


async def test_items_are_there_again_when_the_file_was_removed(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, asking(here) as nc:
        async with memory(here.settings):
            await write(nc, "a", put("style", "Use tabs."), put("old"))
            await write(nc, "b", Forget(key="old"), put("brief", "soon gone", ttl_s=0.001))
            await write(nc, "c", put("tip"), place=GLOBAL)
        before = fingerprint(here.settings)
        forget(here.settings)
        async with memory(here.settings):
            assert fingerprint(here.settings) == before
            assert [item.key for item in (await ask(nc, ListItems())).items] == ["tip", "style"]
            assert (await write(nc, "a", put("style", "other"))).seq == 1, "its id is still known"


async def test_a_write_is_known_to_whoever_asks_for_its_sequence(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings), asking(here) as nc:
        for number in range(20):
            done = await write(nc, f"w{number}", put("count", str(number)))
            (item,) = (await ask(nc, GetItem(place=SHOP, key="count", min_seq=done.seq))).items
            assert (item.text, item.version) == (str(number), done.seq)


async def test_an_agent_s_item_for_everybody_is_found_once_a_person_approved_it(tmp_path: Path) -> None:
    everybody = SearchItems(text="agent", places=(GLOBAL,))
    async with broker(tmp_path) as here, memory(here.settings), asking(here) as nc, asking(here, "coder") as coder:
        waits = await write(coder, "a", put("tip", "an agent says so"), place=GLOBAL, pool="coder")
        denied = await write(coder, "b", Approve(key="tip"), place=GLOBAL, pool="coder")
        assert (waits.changed[0].outcome, bool(denied.refused)) == ("quarantined", True)
        assert (await ask(nc, everybody)).items == ()
        await write(nc, "c", Approve(key="tip"), place=GLOBAL)
        assert [item.key for item in (await ask(nc, everybody)).items] == ["tip"]


async def test_a_pool_cannot_ask_as_a_person_nor_as_another_pool_nor_write_the_log(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings), asking(here, "coder") as coder:
        for subject in (memory_write(), memory_write("tester"), "mem.project.shop", "memlog.project.shop"):
            with pytest.raises(nats.errors.Error):
                await coder.request(subject, b"{}", timeout=0.3)
        with pytest.raises(ServiceLost):
            await call(coder, memory_write("tester"), {}, Written, timeout_s=0.3)
        assert await read(here.admin, MEMORY, "mem.>") == []


async def test_what_is_too_large_does_not_reach_the_stream(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings), asking(here) as nc:
        with pytest.raises(RefusedError, match="65,537 bytes; an item holds at most 65,536") as caught:
            await write(nc, "a", put("big", "x" * 65_537))
        assert caught.value.failure.code is FailureCode.BAD_SUBMISSION
        assert await read(here.admin, MEMORY, "mem.>") == []
        assert not (await write(nc, "a", put("big", "x" * 65_536))).refused


async def test_hostile_messages_in_the_log_of_memory_are_set_aside(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, asking(here) as nc:
        for subject, payload in (("mem.project.shop", b"{"), ("mem.x", b"x" * 100_000), ("mem.global.all", b"[]")):
            await here.admin.request(subject, payload, timeout=WITHIN_S)
        async with memory(here.settings):
            assert (await write(nc, "a", put("style"))).seq == 4
            await until(lambda: rows(here.settings, "SELECT count(*) FROM dead WHERE published") == [(3,)], "letters")
