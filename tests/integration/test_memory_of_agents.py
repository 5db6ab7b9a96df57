"""What agents recall, and their `memory` tool, against a memory worker; and without one."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventually import WITHIN_S

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append
from mycoderai.broker.request import call
from mycoderai.schemas.errors import RefusedError, ServiceLost
from mycoderai.schemas.events import AnyEvent, StepReady
from mycoderai.schemas.notes import (
    TEXT_BYTES,
    AskedByStep,
    GetItem,
    ItemQuery,
    Items,
    ListItems,
    Place,
    Recall,
    SearchItems,
)
from mycoderai.schemas.subjects import Log, memory_query
from mycoderai.workers.agents.memories import RECALL_WITHIN_S, TOOL_WITHIN_S, _turn_of, memory_tool, recall
from mycoderai.workers.core.journal import JournalState
from mycoderai.workers.handler import StepContext
from tests.integration.memory_fixtures import Broker, asking, broker, memory, write
from tests.unit.memory_items import SHOP, put
from tests.unit.memory_logs import SPEC, SUBMITTED

IN_SHOP = msgspec.structs.replace(SUBMITTED, project="shop")
NewStep = Callable[..., StepContext]


class NoJournal:
    state = JournalState()

    async def append(self, type_: str, event: AnyEvent) -> int:
        raise AssertionError("memory writes nothing into a step's log")


@asynccontextmanager
async def coding(here: Broker) -> AsyncIterator[NewStep]:
    nc = await connect(here.settings, "coder")
    for run, project in (("r1", "shop"), ("r2", "shop"), ("r3", "another")):
        given = StepReady(spec=SPEC, submission=msgspec.structs.replace(IN_SHOP, project=project))
        await append(here.admin, Log(run).ready("coder", SPEC.id), given)

    def step(run: str = "r1", project: str = "shop") -> StepContext:
        submission = msgspec.structs.replace(IN_SHOP, project=project)
        ready = StepReady(spec=SPEC, submission=submission)
        return StepContext(nc=nc, run=run, shard=0, pool="coder", ready=ready, journal=NoJournal(), attempt=1)

    try:
        yield step
    finally:
        await nc.close()


async def test_what_one_run_keeps_another_one_recalls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoderai.workers.agents.memories.RECALL_WITHIN_S", WITHIN_S)
    async with broker(tmp_path) as here, memory(here.settings), coding(here) as step, asking(here) as nc:
        await write(nc, "p", put("conventions", "Run make lint.", tags=("always",)))
        first = step("r1")
        kept = {"action": "put", "key": "rounding", "text": "A discount is rounded once."}
        assert await memory_tool(first, "solve-1-7-0", kept) == "Kept rounding as version 2."
        assert await memory_tool(first, "solve-1-7-0", kept) == "Kept rounding as version 2.", "a repeated call"
        items = await recall(step("r2"), "the discount is wrong")
        assert [(item.key, item.trusted) for item in items] == [("conventions", True), ("rounding", False)]
        origin = items[1].provenance
        assert (origin.source, origin.by, origin.run, origin.step, origin.turn) == ("agent", "coder", "r1", "solve", 7)
        assert await recall(step("r3", "another"), "the discount is wrong") == ()


async def test_the_tool_puts_finds_reads_and_forgets(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings), coding(here) as step:
        one = step()

        async def tool(id: str, **arguments: Any) -> str:
            return await memory_tool(one, id, arguments)

        await tool("1", action="put", scope="task", key="port", text="The server listens on 8123.")
        await tool("2", action="put", scope="agent", key="habit", text="Servers are started by make up.")
        found = await tool("3", action="search", query="server")
        assert [line.split(" (")[0] for line in found.splitlines()[::3]] == ["[task] port", "[agent] habit"]
        assert "not vouched for by a person; from coder" in found
        assert "8123" in await tool("4", action="get", scope="task", key="port")
        assert "habit" not in await tool("5", action="search", scope="task", query="server")
        assert await tool("6", action="forget", scope="task", key="port") == "Forgot port."
        assert await tool("7", action="get", scope="task", key="port") == "There is no 'port' in scope task."
        quarantined = await tool("8", action="put", scope="global", key="tip", text="Use servers.")
        assert quarantined == "Kept tip; it is used once a person has approved it."
        assert "tip" not in await tool("9", action="search", query="servers")


async def test_an_agent_reads_what_is_close_to_a_step_of_its_own_and_nothing_else(tmp_path: Path) -> None:
    """Whatever its worker claims: the log says to whom the orchestrator gave which step."""
    elsewhere = Place(scope="project", owner="another")
    async with broker(tmp_path) as here, memory(here.settings), coding(here) as step, asking(here) as nc:
        await write(nc, "a", put("secret", "the words of another project"), place=elsewhere)
        agent = step().nc

        async def read(query: ItemQuery, run: str = "r1", step: str = SPEC.id, pool: str = "coder") -> list[str]:
            asked = AskedByStep(run=run, step=step, query=query)
            return [item.key for item in (await call(agent, memory_query(pool), asked, Items, timeout_s=10)).items]

        assert await read(GetItem(place=elsewhere, key="secret"), run="r3") == ["secret"], "a step of that project"
        assert await read(ListItems(), run="r3") == ["secret"]
        assert await read(ListItems()) == [], "every place: every place of the step"
        own = Place(scope="project", owner="shop")
        for query in (
            GetItem(place=elsewhere, key="secret"),
            SearchItems(text="words", places=(own, elsewhere)),
            ListItems(places=(elsewhere,)),
            Recall(run="r1", role="coder", project="another", text="words"),
            Recall(run="r2", role="coder", project="shop", text="words"),
            GetItem(place=Place(scope="interaction", owner="eve@host"), key="k"),
        ):
            with pytest.raises(RefusedError, match="another run, project, role or person"):
                await read(query)
        for run, name in (("r9", SPEC.id), ("r1", "review"), ("*", SPEC.id)):
            with pytest.raises(RefusedError):
                await read(GetItem(place=own, key="k"), run=run, step=name)
        for subject in (memory_query(), memory_query("tester")):
            with pytest.raises(ServiceLost):
                await call(agent, subject, GetItem(place=elsewhere, key="secret"), Items, timeout_s=0.3)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({}, "The arguments are wrong"),
    "a strange action": ({"action": "drop"}, "The arguments are wrong"),
    "somebody else's scope": ({"action": "put", "scope": "interaction", "key": "k", "text": "t"}, "are wrong"),
    "no key": ({"action": "put", "text": "t"}, "Refused: a key is a line"),
    "ten megabytes": ({"action": "put", "key": "k", "text": "x" * 10_000_000}, f"at most {TEXT_BYTES:,}"),
    "no words": ({"action": "search", "query": "()"}, "Nothing was found"),
    "a version that is gone": ({"action": "put", "key": "k", "text": "t", "expected_version": 9}, "no such item"),
    "what a person wrote": ({"action": "put", "key": "style", "text": "mine"}, "a person has to change it"),
}


async def test_a_bad_call_is_answered_with_what_is_wrong(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, memory(here.settings), coding(here) as step, asking(here) as nc:
        await write(nc, "p", put("style", "Use tabs."), place=SHOP)
        for number, (arguments, why) in enumerate(BAD.values()):
            assert why in await memory_tool(step(), f"bad-1-1-{number}", arguments)
        assert "no project" in await memory_tool(step(project=""), "x", {"action": "put", "key": "k", "text": "t"})


async def test_no_memory_stops_no_step(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, coding(here) as step:
        began = time.monotonic()
        assert await recall(step(), "anything") == ()
        answer = await memory_tool(step(), "1", {"action": "put", "key": "k", "text": "t"})
        assert "does not answer" in answer
        assert time.monotonic() - began < RECALL_WITHIN_S + TOOL_WITHIN_S


async def test_a_memory_that_hangs_stops_no_step(tmp_path: Path) -> None:
    async with broker(tmp_path) as here, coding(here) as step:
        await here.admin.subscribe(memory_query("coder"))  # takes questions and answers none
        await here.admin.flush()
        began = time.monotonic()
        assert await recall(step(), "anything") == ()
        assert 1.5 < time.monotonic() - began < 5 * RECALL_WITHIN_S


@pytest.mark.parametrize(("call_id", "turn"), [("solve-1-7-0", 7), ("1-2", 1), ("x", 0), ("a-b-c", 0), ("", 0)])
def test_the_turn_is_read_off_a_call_s_id(call_id: str, turn: int) -> None:
    assert _turn_of(call_id) == turn
