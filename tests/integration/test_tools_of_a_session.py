"""The tools as an agent calls them: through an executor's session, in the box."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from mycoderai.broker.artifacts import get_file, put_file
from mycoderai.broker.repository import pack
from mycoderai.schemas.execution import ArtifactRef, OpenSession, Policy, Repository, ToolResult
from mycoderai.schemas.ids import new_id
from mycoderai.workers.agents.services import Executor

FILES = {
    "calc.py": "def total(items):\n    result = 0\n    for item in items:\n        result -= item\n    return result\n",
    "use.py": "from calc import total\n\nprint(total([1]))\n",
}
Call = Callable[..., Awaitable[ToolResult]]


@pytest.fixture
async def session(start_fleet, make_repo, tmp_path: Path) -> AsyncIterator[Call]:
    """Calls tools of one session; keyword arguments are the tool's."""
    fleet = await start_fleet(roles=("executor",))
    packed = await pack(make_repo(FILES), dirty=False, out=tmp_path / "packed")
    repository = Repository(artifact=await put_file(fleet.client, packed.file), commit=packed.commit)
    request = OpenSession(run=new_id(), step="s", repository=repository, policy=Policy(command_limit_s=30))
    executor = Executor(await fleet.connect("coder"), request, command_limit_s=60)
    calls = 0

    async def call(tool: str, **arguments: Any) -> ToolResult:
        nonlocal calls
        calls += 1
        reply = await executor.tool(f"1-1-{calls}", tool, arguments)
        return reply.result

    call.client = fleet.client  # type: ignore[attr-defined]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(executor.close, "the test ended")
        yield call


async def test_files_are_found_changed_and_changed_back(session: Call) -> None:
    found = await session("search", pattern=r"result -=", glob="*.py")
    assert found.output.splitlines()[0] == "calc.py:4:         result -= item"
    mapped = await session("repo_map", budget=1000)
    assert "calc.py\n  def total(items)\n" in mapped.output

    loosely = {"old_str": "for item in items:\n    result -= item", "new_str": "for item in items:\n    result += item"}
    edited = await session("str_replace_editor", command="str_replace", path="/ws/calc.py", **loosely)
    assert edited.exit_code == 0
    assert "matched loosely" in edited.output
    assert (await session("bash", command="git diff --stat; python use.py")).output.endswith("\n1\n")

    undone = await session("str_replace_editor", command="undo_edit", path="calc.py")
    assert undone.exit_code == 0, undone.output
    assert (await session("bash", command="git diff --stat; git status --short")).output == ""

    patch = "*** Begin Patch\n*** Update File: calc.py\n@@\n-        result -= item\n+        result += item\n"
    patched = await session("apply_patch", patch=f"{patch}*** Add File: new/x.py\n+x = 1\n*** End Patch")
    assert "fuzz 0" in patched.output
    assert (await session("bash", command="python use.py; cat new/x.py")).output == "1\nx = 1\n"


async def test_links_out_of_the_workspace_lead_nowhere(session: Call) -> None:
    await session("bash", command="ln -s /etc/passwd secret; ln -s / all; printf 'import os' > json.py")
    for arguments in ({"path": "secret"}, {"path": "all/etc/passwd"}, {"path": "../../etc/passwd"}):
        viewed = await session("str_replace_editor", command="view", **arguments)
        assert viewed.exit_code == 1
        assert "not inside the workspace" in viewed.output
    assert (await session("search", pattern="root:", path="all")).exit_code == 1
    assert "Nothing matches" in (await session("search", pattern="root:")).output


async def test_output_that_is_cut_is_kept_whole(session: Call, tmp_path: Path) -> None:
    result = await session("bash", command="seq 100000; exit 3")
    assert (result.exit_code, result.truncated) == (3, True)
    assert result.output.startswith("1\n2\n")
    assert result.output.endswith("100000\n")
    assert "characters left out" in result.output
    assert result.data
    await get_file(session.client, ArtifactRef(**result.data["artifact"]), tmp_path / "whole")  # type: ignore[attr-defined]
    assert (tmp_path / "whole").read_text() == "".join(f"{n}\n" for n in range(1, 100_001))
    short = await session("bash", command="seq 3", timeout_s="20")
    assert (short.output, short.data) == ("1\n2\n3\n", None)


async def test_what_is_no_command_is_not_run(session: Call) -> None:
    wrong = await session("bash", command=json.dumps({"command": "touch made"}))
    assert wrong.exit_code == 1
    assert "Send this as `command`: touch made" in wrong.output
    assert "made" not in (await session("bash", command="ls")).output
    assert (await session("run_tests", selection={"a": 1})).exit_code == 1
