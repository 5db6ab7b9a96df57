"""Answers that are lost while the executor lives: the call is asked again where it ran, and does not run twice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import BLOCKED, RunningFleet, open_gate
from nats.aio.client import Client
from nats.aio.msg import Msg
from supervision_support import pid_of

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.connect import connect
from mycoderai.broker.repository import pack
from mycoderai.broker.request import STATUS, call
from mycoderai.schemas.errors import BrokerUnreachable, ServiceLost, Unserved
from mycoderai.schemas.execution import OpenSession, Policy, Repository, ToolReply
from mycoderai.schemas.ids import new_id
from mycoderai.workers.agents import services
from mycoderai.workers.agents.services import Executor
from mycoderai.workers.executor import session as sessions
from mycoderai.workers.executor import worker

StartFleet = Callable[..., Awaitable[RunningFleet]]
MakeRepo = Callable[[dict[str, str]], Path]
ONCE = {"command": "echo once >> ledger.txt; cat ledger.txt"}
"""Shows how often it ran on one state of the files. How often at all is said by the messages that a tool runs."""
HELD = {"command": f"{ONCE['command']}; ({BLOCKED}) > /dev/null"}


class Scene:
    """An executor in this process, and an agent's session with it."""

    def __init__(self, fleet: RunningFleet, executor_nc: Client, agent_nc: Client, request: OpenSession) -> None:
        self.executor_nc, self.agent_nc = executor_nc, agent_nc
        self.agent = Executor(agent_nc, request, command_limit_s=60)
        self._fleet = fleet
        self._runs = 0
        self._runs_now = asyncio.Event()

    async def count(self, _: Msg) -> None:
        self._runs += 1
        self._runs_now.set()

    async def has_run(self, times: int) -> bool:
        client = self._fleet.client
        await eventually(lambda: client.is_connected)
        await client.flush()
        return self._runs == times

    async def while_the_broker_is_killed(self) -> ToolReply:
        """What is said of a call that ends when its executor knows that the broker is gone."""
        calling = asyncio.create_task(self.agent.tool("1-1-0", "bash", HELD))
        async with asyncio.timeout(2 * WITHIN_S):
            await self._runs_now.wait()
            reconnects = self.executor_nc.stats["reconnects"]
            os.kill(pid_of(self._fleet, "nats-server"), signal.SIGKILL)
            await eventually(
                lambda: not self.executor_nc.is_connected or self.executor_nc.stats["reconnects"] > reconnects
            )
            await open_gate(self._fleet.settings)
            return await calling


@asynccontextmanager
async def scene(
    start_fleet: StartFleet, make_repo: MakeRepo, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    fleet = await start_fleet(roles=())
    ready, stop, made = asyncio.Event(), asyncio.Event(), list[Client]()

    async def connecting(*arguments: Any) -> Client:
        made.append(await connect(*arguments))
        return made[-1]

    monkeypatch.setattr(worker, "connect", connecting)
    serving = asyncio.create_task(worker.run_worker(fleet.settings, stop, ready.set))
    try:
        async with asyncio.timeout(WITHIN_S):
            await ready.wait()
        packed = await pack(make_repo({"ledger.txt": ""}), dirty=False, out=folder / "packed")
        repository = Repository(artifact=await put_file(fleet.client, packed.file), commit=packed.commit)
        request = OpenSession(run=new_id(), step="s", repository=repository, policy=Policy(command_limit_s=30))
        played = Scene(fleet, made[0], await fleet.connect("coder"), request)
        await fleet.client.subscribe("live.*.*.tool", cb=played.count)
        await fleet.client.flush()
        await played.agent.open()
        yield played
    finally:
        stop.set()
        await serving


async def test_what_a_call_changed_is_stored_later_and_the_call_does_not_run_again(
    start_fleet: StartFleet, make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, tries = sessions.put_file, 0

    async def away_at_first(*arguments: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise BrokerUnreachable("the broker is away")
        return await store(*arguments)

    monkeypatch.setattr(sessions, "put_file", away_at_first)
    async with scene(start_fleet, make_repo, tmp_path, monkeypatch) as played:
        reply = await played.agent.tool("1-1-0", "bash", ONCE)
        assert (reply.result.output, reply.result.repeated) == ("once\n", False)
        assert reply.checkpoint.bundle, "stored in the end"
        assert await played.has_run(1)
        assert tries > 1


async def test_what_an_interrupted_call_left_is_not_built_on(
    start_fleet: StartFleet, make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries = sessions.TOOLS["bash"], 0

    async def interrupted_at_first(*arguments: Any) -> Any:
        nonlocal tries
        tries += 1
        result = await run(*arguments)
        if tries == 1:
            raise ServiceLost("interrupted when it had done all")
        return result

    monkeypatch.setitem(sessions.TOOLS, "bash", interrupted_at_first)
    async with scene(start_fleet, make_repo, tmp_path, monkeypatch) as played:
        reply = await played.agent.tool("1-1-0", "bash", ONCE)
        assert reply.result.output == "once\n", "on what the first try left it would be there twice"


async def test_a_session_whose_executor_finds_the_broker_later_is_waited_for(
    start_fleet: StartFleet, make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_in_vain = asyncio.Event()

    async def ask(*arguments: Any, **options: Any) -> Any:
        try:
            return await call(*arguments, **options)
        except Unserved:
            asked_in_vain.set()
            raise

    monkeypatch.setattr(services, "call", ask)
    async with scene(start_fleet, make_repo, tmp_path, monkeypatch) as played:
        held_back(played.executor_nc, until=asked_in_vain)
        reply = await played.while_the_broker_is_killed()
        assert (reply.result.output, reply.result.repeated) == ("once\n", False)
        assert await played.has_run(1)


async def test_an_answer_that_nobody_was_there_to_hear_is_given_again(
    start_fleet: StartFleet, make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = asyncio.Event()

    async with scene(start_fleet, make_repo, tmp_path, monkeypatch) as played:
        held_back(played.agent_nc, until=answered)
        publish = played.executor_nc.publish

        async def telling(subject: str, payload: bytes = b"", reply: str = "", headers: Any = None) -> None:
            await publish(subject, payload, reply, headers)
            if (headers or {}).get(STATUS) == "done" and not answered.is_set():
                await eventually(lambda: played.executor_nc.is_connected)
                await played.executor_nc.flush()
                answered.set()

        monkeypatch.setattr(played.executor_nc, "publish", telling)
        reply = await played.while_the_broker_is_killed()
        assert (reply.result.output, reply.result.repeated) == ("once\n", False)
        assert await played.has_run(1)


def held_back(nc: Client, until: asyncio.Event) -> None:
    """Let a connection that is lost be made again only then."""
    find = nc._select_next_server

    async def find_later() -> None:
        await until.wait()
        await find()

    nc._select_next_server = find_later  # type: ignore[method-assign]
