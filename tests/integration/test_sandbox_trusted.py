"""The level without walls: only on request, only where there is no other, and with its limits kept all the same."""

import asyncio
import fcntl
import os
import time
from pathlib import Path

import pytest

from mycoderai.workers.executor.sandbox import (
    BoxSpec,
    Isolation,
    IsolationUnavailable,
    Limits,
    Sandbox,
    SpecError,
    describe,
    open_sandbox,
    probe,
)
from mycoderai.workers.executor.sandbox.spec import MIB
from mycoderai.workers.executor.sandbox.supervise import GRACE_S

DAEMON = "exec 9>lock; flock 9; setsid sh -c 'trap \"\" TERM; sleep 60' >/dev/null 2>&1 & "


@pytest.fixture
def no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host on which bwrap always fails."""
    monkeypatch.setattr(probe, "_proven", None)
    monkeypatch.setenv("MYCODER_BWRAP", "/bin/false")


@pytest.fixture
async def sandbox(no_box: None, tmp_path: Path) -> Sandbox:
    return await open_sandbox(trust_code=True, scratch=tmp_path / "scratch")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "ws").mkdir()
    return tmp_path / "ws"


async def test_without_trust_nothing_runs_and_the_error_says_what_to_do(no_box: None, tmp_path: Path) -> None:
    with pytest.raises(IsolationUnavailable) as caught:
        await open_sandbox(trust_code=False, scratch=tmp_path)
    assert "No box can be started" in caught.value.reason
    assert "--trust-code" in caught.value.fix


async def test_a_missing_binary_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_box: None) -> None:
    monkeypatch.setenv("MYCODER_BWRAP", str(tmp_path / "bwrap"))
    found = await describe()
    assert isinstance(found, IsolationUnavailable)
    assert "bwrap" in found.reason


async def test_trust_does_not_lower_what_the_host_can_give(tmp_path: Path) -> None:
    sandbox = await open_sandbox(trust_code=True, scratch=tmp_path)
    assert sandbox.isolation.level == "bwrap"
    assert await describe() == sandbox.isolation


async def test_every_result_says_that_there_was_no_isolation(sandbox: Sandbox, workspace: Path) -> None:
    result = await sandbox.run(["pwd"], BoxSpec(workspace=workspace))
    assert result.output.decode().strip() == str(workspace) == sandbox.inside(workspace, BoxSpec(workspace=workspace))
    assert isinstance(result.isolation, Isolation)
    assert (result.isolation.level, result.isolation.seccomp, result.isolation.network) == ("trusted", False, True)
    assert "no isolation" in result.isolation.note


async def test_the_environment_is_still_an_allow_list(
    sandbox: Sandbox, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_KEY", "hunter2")
    result = await sandbox.run(["env"], BoxSpec(workspace=workspace, env={"ALLOWED": "yes"}))
    assert b"ALLOWED=yes" in result.output
    assert b"hunter2" not in result.output


async def test_a_command_that_does_not_exist_is_an_outcome_not_an_error(sandbox: Sandbox, workspace: Path) -> None:
    result = await sandbox.run(["nothing-of-this-name"], BoxSpec(workspace=workspace))
    assert (result.exit_code, result.ended_by) == (127, "exit")


async def test_daemons_do_not_survive_the_command(sandbox: Sandbox, workspace: Path) -> None:
    result = await sandbox.run(["sh", "-c", DAEMON + "exit 3"], BoxSpec(workspace=workspace))
    assert (result.exit_code, result.ended_by) == (3, "exit")
    assert all_gone(workspace)


async def test_wall_time_and_cancelling_end_the_tree(sandbox: Sandbox, workspace: Path) -> None:
    (workspace / "lock").touch()  # the time may be over before the command begins
    spec = BoxSpec(workspace=workspace, limits=Limits(wall_s=0.3))
    assert (await sandbox.run(["sh", "-c", DAEMON + "sleep 60"], spec)).ended_by == "wall"
    assert all_gone(workspace)
    ready = asyncio.Event()
    task = asyncio.create_task(
        sandbox.run(
            ["sh", "-c", DAEMON + "echo; sleep 60"], BoxSpec(workspace=workspace), on_output=lambda _: ready.set()
        )
    )
    await ready.wait()
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < GRACE_S, "nobody had to be given up"
    assert all_gone(workspace)


async def test_memory_processes_and_output_are_limited(sandbox: Sandbox, workspace: Path) -> None:
    limits = Limits(wall_s=20, processes=20, flood_bytes=MIB, memory_bytes=64 * MIB)
    spec = BoxSpec(workspace=workspace, limits=limits)
    forks = await sandbox.run(["sh", "-c", "for i in $(seq 50); do sleep 60 & done; wait"], spec)
    assert forks.ended_by == "processes"
    assert (await sandbox.run(["yes"], spec)).ended_by == "output"
    share = "head -c 40000000 /dev/zero | tail -c 40000000 | sleep 60"
    memory = await sandbox.run(["sh", "-c", f"{share} & {share} & {share} & wait"], spec)
    assert memory.ended_by == "memory"


async def test_box_paths_become_host_paths(sandbox: Sandbox, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/hello").write_text("#!/bin/sh\necho $0 $1 $WHERE\n")
    (tmp_path / "tools/hello").chmod(0o755)
    spec = BoxSpec(
        workspace=workspace,
        read_only={tmp_path / "tools": "/opt/tools"},
        env={"PATH": "/opt/tools:/usr/bin:/bin", "WHERE": "/ws/a:/wsx"},
    )
    result = await sandbox.run(["hello", "/ws"], spec)
    assert result.output.decode().split() == [f"{tmp_path}/tools/hello", str(workspace), f"{workspace}/a:/wsx"]


async def test_a_path_that_is_not_in_the_spec_is_refused(sandbox: Sandbox, workspace: Path) -> None:
    with pytest.raises(SpecError):
        sandbox.inside(Path("/etc/passwd"), BoxSpec(workspace=workspace))


def all_gone(workspace: Path) -> bool:
    fd = os.open(workspace / "lock", os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True
