"""Socket.IO: a browser that is far behind a run gets a snapshot, also while memory itself is behind; nothing is missing
and nothing comes twice."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, SocketClient, gateway
from memory_fixtures import memory
from nats.aio.client import Client

from mycoderai.broker.log import Raw
from mycoderai.schemas.chat import Message, Usage
from mycoderai.schemas.events import ModelAnswered, RunFinished, RunPlanned, RunSubmitted, encode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import Log
from mycoderai.workers.memory import follow
from mycoderai.workers.memory.follow import Follower
from mycoderai.workers.memory.service import Service

AT_MOST = 10
CALLED = encode(
    ModelAnswered(
        call="c", model="m", message=Message(role="assistant", content="Yes."), finish_reason="stop", usage=Usage()
    )
)


class Here(NamedTuple):
    served: Gateway
    fleet: RunningFleet
    admin: Client
    applying: asyncio.Event
    """While it is set memory applies what is stored; it answers all the time."""

    async def begun(self) -> "Run":
        run = Run(self.admin, Log(new_id()), [])
        await run.store(run.log.run_event("submitted"), encode(RunSubmitted(task="do nothing", role="noop")))
        return run

    async def known(self, run: "Run") -> None:
        """Return once memory has applied all that the run stored, for it waits only a moment for what it is asked."""
        await self.fleet.remembered(run.stored[-1])


class Run(NamedTuple):
    admin: Client
    log: Log
    stored: list[int]

    async def store(self, subject: str, payload: bytes) -> None:
        reply = await self.admin.request(subject, payload, timeout=WITHIN_S)
        self.stored.append(json.loads(reply.data)["seq"])

    async def call(self, times: int) -> None:
        for _ in range(times):
            await self.store(self.log.call("main", f"c-{len(self.stored)}"), CALLED)

    def calls_to(self, seq: int) -> int:
        return sum(stored <= seq for stored in self.stored[1:])

    def past(self, seq: int) -> list[int]:
        return [stored for stored in self.stored if stored > seq]


@pytest.fixture
async def here(start_fleet: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Here]:
    """A fleet whose memory applies small pages, one after the other, and only when it may."""
    applying, apply = asyncio.Event(), Follower._apply

    async def when_it_may(self: Follower, page: list[Raw]) -> None:
        await applying.wait()
        await apply(self, page)

    applying.set()
    monkeypatch.setattr(Follower, "_apply", when_it_may)
    monkeypatch.setattr(follow, "PAGE_MESSAGES", 7)
    monkeypatch.setattr(Service, "wait_s", 0.2)
    fleet: RunningFleet = await start_fleet((), durability="process")
    async with memory(fleet.settings), gateway(fleet.settings) as served:
        yield Here(served, fleet, await fleet.connect("admin"), applying)


class Watcher:
    """What a page does, and what it then knows of the run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.client: SocketClient
        self.seq: int | None = None
        self.calls = 0
        self.behind = 0
        self.snapshots = 0

    @asynccontextmanager
    async def connected(self, here: Here) -> AsyncIterator[None]:
        async with SocketClient.connected(here.served, auth={"token": here.served.token}) as self.client:
            await self.ask()
            yield

    async def ask(self) -> None:
        asked = {"run": self.run.log.run, "at_most": AT_MOST, "turns": False}
        if self.seq is not None:
            asked["after_seq"] = self.seq
        answer = await self.client.ask("subscribe", asked)
        data = answer["data"]
        self.client.events.clear()  # of what it had subscribed to before
        self.behind = data.get("behind", 0)
        if "detail" in data:
            self.snapshots += 1
            self.seq, self.calls = data["seq"], data["detail"]["run"]["spent"]["calls"]
            assert self.calls == self.run.calls_to(data["seq"]), "a snapshot holds what it says, no more and no less"
        assert data["seq"] == self.seq
        assert "turns" not in data

    async def take(self) -> None:
        """The next event, which must be the very next one of the log."""
        event = await self.client.next("event")
        assert event["seq"] == self.run.past(self.seq or 0)[0]
        self.seq, self.calls = event["seq"], self.calls + 1

    async def level(self) -> None:
        while self.behind:
            await self.ask()
        while self.run.past(self.seq or 0):
            await self.take()
        assert self.calls == len(self.run.stored) - 1


async def test_who_is_far_behind_gets_a_snapshot_and_who_is_near_the_events(here: Here) -> None:
    run = await here.begun()
    await run.call(40)
    for place, snapshots in ((-AT_MOST - 1, 0), (-AT_MOST - 2, 1), (0, 1), (-1, 0)):
        await here.known(run)
        watcher = Watcher(run)
        watcher.seq = run.stored[place]
        watcher.calls = run.calls_to(watcher.seq)
        async with watcher.connected(here):
            assert watcher.snapshots == snapshots
            await watcher.level()
            await run.call(2)
            await watcher.level()
        assert watcher.client.events == []


async def test_nothing_follows_a_snapshot_that_is_far_behind_until_memory_is_there(here: Here) -> None:
    run = await here.begun()
    await here.known(run)
    watcher = Watcher(run)
    async with watcher.connected(here):
        here.applying.clear()
        await run.call(3)
        await watcher.level()  # memory is only a little behind: the events follow
        await run.call(30)
        await watcher.ask()
        assert watcher.behind >= 30
        assert watcher.calls <= 3
        await run.call(1)
        asking = asyncio.create_task(watcher.ask())
        here.applying.set()
        await asking
        await watcher.level()
        assert watcher.client.events == []
        await run.call(AT_MOST + 5)
        for _ in range(AT_MOST + 5):
            await watcher.take()  # it is subscribed, and gets all that is stored from now on
        plain = await watcher.client.ask("subscribe", {"run": run.log.run, "after_seq": run.stored[0]})
        assert plain["data"].keys() == {"run", "seq"}, "without at_most everything follows"
        assert [(await watcher.client.next("event"))["seq"] for _ in run.stored[1:]] == run.stored[1:]


async def test_a_run_that_memory_has_not_come_to_is_no_unknown_one(here: Here) -> None:
    here.applying.clear()
    run = await here.begun()
    async with SocketClient.connected(here.served, auth={"token": here.served.token}) as client:
        early = await client.ask("subscribe", {"run": run.log.run})
        assert early["error"]["code"] == "unavailable"
        here.applying.set()
        await here.known(run)
        later = await client.ask("subscribe", {"run": run.log.run})
        assert later["data"]["seq"] >= run.stored[0]
        assert (await client.ask("subscribe", {"run": new_id()}))["error"]["code"] == "unknown_run"


async def test_a_run_is_not_done_again_from_where_memory_last_saw_it(here: Here) -> None:
    run = await here.begun()
    await here.known(run)
    here.applying.clear()
    plan = RunPlanned(steps=(StepSpec(id="main", role="coder", goal="do it"),))
    await run.store(run.log.run_event("planned"), encode(plan))
    await run.store(run.log.run_event("finished"), encode(RunFinished(status="failed")))

    async def again() -> Reply:
        path = f"/api/v1/runs/{run.log.run}/rerun"
        return await here.served.send("POST", path, {"id": "r1", "scope": "failed"})

    early = await again()
    assert (early.status, early.json["error"]["code"]) == (503, "unavailable")
    here.applying.set()
    await here.known(run)
    assert (await again()).status == 201
    submitted = (await here.fleet.wait_for(Log("r1"), RunSubmitted)).event
    assert isinstance(submitted, RunSubmitted)
    assert submitted.fork
    assert submitted.fork.step == "main"


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_nothing_is_missing_and_nothing_comes_twice(here: Here, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same each time
    run, other = await here.begun(), await here.begun()
    await here.known(run)
    watcher = Watcher(run)
    for _ in range(6):
        async with watcher.connected(here):
            for _ in range(8):
                match dice.choice(("store", "store", "other", "apply", "wait", "take", "ask")):
                    case "store":
                        await run.call(dice.randint(1, 2 * AT_MOST))
                    case "other":
                        await other.call(dice.randint(1, AT_MOST))
                    case "apply":
                        here.applying.set()
                    case "wait":
                        here.applying.clear()
                    case "take" if not watcher.behind:
                        for _ in run.past(watcher.seq or 0)[: dice.randint(1, AT_MOST)]:
                            await watcher.take()
                    case "ask":
                        await watcher.ask()
        await run.call(dice.randint(0, 3 * AT_MOST))
    await run.call(AT_MOST + 1)
    here.applying.set()
    async with watcher.connected(here):
        await watcher.level()
    assert watcher.snapshots > 1
