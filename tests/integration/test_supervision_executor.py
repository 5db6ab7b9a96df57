"""What becomes of a command that runs while its executor is stopped."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from fleet_support import BLOCKED, RunningFleet, at_gate, open_gate
from supervision_support import pid_of

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.repository import pack
from mycoderai.schemas.execution import OpenSession, Policy, Repository
from mycoderai.schemas.ids import new_id
from mycoderai.workers.agents.services import Executor

StartFleet = Callable[..., Awaitable[RunningFleet]]


async def test_a_command_that_is_soon_done_ends_where_it_began_and_the_next_one_runs_elsewhere(
    start_fleet: StartFleet, make_repo: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    fleet = await start_fleet(roles=("executor",))
    packed = await pack(make_repo({"a.py": ""}), dirty=False, out=tmp_path / "packed")
    repository = Repository(artifact=await put_file(fleet.client, packed.file), commit=packed.commit)
    request = OpenSession(run=new_id(), step="s", repository=repository, policy=Policy(command_limit_s=30))
    executor = Executor(await fleet.connect("coder"), request, command_limit_s=60)
    await executor.open()
    running = asyncio.create_task(executor.tool("1-1-1", "bash", {"command": f"{BLOCKED}; date > b.txt; echo whole"}))
    await at_gate(fleet.settings)
    os.kill(pid_of(fleet, "executor"), signal.SIGTERM)
    await open_gate(fleet.settings)
    reply = await running
    assert (reply.result.output, reply.result.repeated) == ("go onwhole\n", False)
    after = await executor.tool("1-1-2", "bash", {"command": "cat a.py; ls"})
    assert after.result.output == "a.py\nb.txt\n", "restored where the first one left it"
    await executor.close("the test ended")
