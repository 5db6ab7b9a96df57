"""What commands print is told while they run."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.repository import pack
from mycoderai.broker.tasks import end
from mycoderai.schemas.execution import OpenSession, Repository
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import live
from mycoderai.workers.agents.services import Executor

TESTS = {"test_it.py": "def test_it():\n    print('é' * 5)\n    assert True\n"}


@pytest.fixture
async def executor(start_fleet: Any, make_repo: Callable[[dict[str, str]], Path], tmp_path: Path) -> Any:
    fleet: RunningFleet = await start_fleet(("executor",))
    packed = await pack(make_repo(TESTS), dirty=False, out=tmp_path / "packed")
    repository = Repository(artifact=await put_file(fleet.client, packed.file), commit=packed.commit)
    request = OpenSession(run=new_id(), step="s", repository=repository)
    heard = await fleet.client.subscribe(live(request.run, "s", "output"))
    await fleet.client.flush()
    executor = Executor(await fleet.connect("coder"), request, command_limit_s=60)
    yield executor, heard
    await executor.close("the test ended")


async def next_text(heard: Any) -> dict[str, str]:
    said: dict[str, str] = json.loads((await heard.next_msg(timeout=WITHIN_S)).data)
    return said


async def test_a_command_is_heard_before_it_ends(executor: Any) -> None:
    session, heard = executor
    command = r"printf '\033[31mred\033[0m '; printf '\303'; sleep 0.3; printf '\251\n'; sleep 60"
    running = asyncio.create_task(session.tool("1-1-1", "bash", {"command": command}))
    text = ""
    while not text.endswith("\n"):
        said = await next_text(heard)
        assert said["call"] == "1-1-1"
        text += said["text"]
    assert text == "\x1b[31mred\x1b[0m é\n", "characters are not torn"
    assert not running.done()
    await end([running])


async def test_tests_are_heard_and_floods_are_cut(executor: Any) -> None:
    session, heard = executor
    await session.tool("1-1-1", "run_tests", {})
    text = ""
    while "1 passed" not in text:
        text += (await next_text(heard))["text"]
    reply = await session.tool("1-2-1", "bash", {"command": "yes | head -c 3000000; echo the end"})
    assert reply.result.exit_code == 0
    said = {"text": ""}
    while not said["text"].endswith("the end\n"):
        said = await next_text(heard)
        assert len(said["text"]) <= 16 << 10
