"""However a run ends, nothing of it is left. A lock that the whole tree inherits shows whether anything lives."""

import asyncio
import fcntl
import os
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest
from eventually import WITHIN_S

from mycoderai.workers.executor.sandbox import BoxFailed, BoxSpec, Limits, Sandbox, open_sandbox, python_toolchain
from mycoderai.workers.executor.sandbox.supervise import GRACE_S

PYTHON = python_toolchain()

TREE = """
import fcntl, os, signal, time
lock = os.open("lock", os.O_CREAT | os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ready, ready_in_child = os.pipe()
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(ready_in_child, b"x")
            for fd in (0, 1, 2):
                os.close(fd)
            time.sleep(60)
        os._exit(0)
for _ in range(20):
    os.wait()
    os.read(ready, 1)
print("ready", flush=True)
"""
STAYING = TREE + "time.sleep(60)"

SERVICE = """
import asyncio, sys
from pathlib import Path
from mycoderai.workers.executor.sandbox import BoxSpec, open_sandbox, python_toolchain

async def main(folder, code):
    sandbox = await open_sandbox(trust_code=False, scratch=folder / "scratch")
    python = python_toolchain()
    spec = BoxSpec(workspace=folder / "ws", read_only=python.read_only)
    await sandbox.run([python.executable_in_box, "-c", code], spec, on_output=lambda chunk: print("ready", flush=True))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture
async def sandbox(tmp_path: Path) -> Sandbox:
    return await open_sandbox(trust_code=False, scratch=tmp_path / "scratch")


@pytest.fixture
def spec(tmp_path: Path) -> BoxSpec:
    (tmp_path / "ws").mkdir()
    return BoxSpec(workspace=tmp_path / "ws", read_only=PYTHON.read_only, limits=Limits(wall_s=30))


def python(code: str) -> list[str]:
    return [PYTHON.executable_in_box, "-c", code]


def all_gone(workspace: Path) -> bool:
    with (workspace / "lock").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


async def test_daemons_do_not_survive_the_command(sandbox: Sandbox, spec: BoxSpec) -> None:
    result = await sandbox.run(python(TREE), spec)
    assert (result.exit_code, result.ended_by, result.output) == (0, "exit", b"ready\n")
    assert all_gone(spec.workspace)


async def test_cancelling_the_task_leaves_nothing_and_is_quick(sandbox: Sandbox, spec: BoxSpec) -> None:
    ready = asyncio.Event()
    task = asyncio.create_task(sandbox.run(python(STAYING), spec, on_output=lambda _: ready.set()))
    await ready.wait()
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < GRACE_S, "nobody had to be given up"
    assert all_gone(spec.workspace)


async def test_cancelling_at_any_moment_of_the_start_leaves_nothing(sandbox: Sandbox, spec: BoxSpec) -> None:
    before = _children()
    (spec.workspace / "lock").touch()
    for milliseconds in range(0, 60, 6):
        task = asyncio.create_task(sandbox.run(["flock", "lock", "sleep", "60"], spec))
        await asyncio.sleep(milliseconds / 1000)  # the moment is what is tested
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all_gone(spec.workspace)
    assert _children() <= before


async def test_an_impatient_second_cancel_changes_nothing(sandbox: Sandbox, spec: BoxSpec) -> None:
    ready = asyncio.Event()
    task = asyncio.create_task(sandbox.run(python(STAYING), spec, on_output=lambda _: ready.set()))
    await ready.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all_gone(spec.workspace)


async def test_stopping_returns_what_was_printed_so_far(sandbox: Sandbox, spec: BoxSpec) -> None:
    stop = asyncio.Event()
    result = await sandbox.run(python(STAYING), spec, on_output=lambda _: stop.set(), stop=stop)
    assert (result.ended_by, result.output) == ("cancelled", b"ready\n")
    assert all_gone(spec.workspace)


async def test_a_killed_service_leaves_nothing(tmp_path: Path, spec: BoxSpec) -> None:
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVICE, str(tmp_path), textwrap.dedent(STAYING)), stdout=asyncio.subprocess.PIPE
    )
    assert service.stdout
    assert await service.stdout.readline() == b"ready\n"
    assert not all_gone(spec.workspace)
    service.send_signal(signal.SIGKILL)
    await service.wait()
    with (spec.workspace / "lock").open() as file:
        await asyncio.wait_for(asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX), WITHIN_S)


async def test_a_killed_launcher_ends_the_box_and_is_an_error(sandbox: Sandbox, spec: BoxSpec) -> None:
    before = _children()
    ready = asyncio.Event()
    task = asyncio.create_task(sandbox.run(python(STAYING), spec, on_output=lambda _: ready.set()))
    await ready.wait()
    (launcher,) = _children() - before
    os.kill(launcher, signal.SIGKILL)
    with pytest.raises(BoxFailed):
        await task
    with (spec.workspace / "lock").open() as file:
        await asyncio.wait_for(asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX), WITHIN_S)


@pytest.mark.parametrize(
    ("command", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("exec nothing-of-this-name", 127), ("exec /ws", 126)]
)
async def test_the_exit_code_is_the_shells(sandbox: Sandbox, spec: BoxSpec, command: str, code: int) -> None:
    result = await sandbox.run(["sh", "-c", command], spec)
    assert (result.exit_code, result.ended_by) == (code, "exit")


async def test_a_command_that_does_not_exist_is_an_outcome_not_an_error(sandbox: Sandbox, spec: BoxSpec) -> None:
    result = await sandbox.run(["nothing-of-this-name"], spec)
    assert result.exit_code == 127
    assert b"nothing-of-this-name" in result.output


async def test_many_boxes_run_side_by_side(sandbox: Sandbox, tmp_path: Path) -> None:
    specs = [BoxSpec(workspace=tmp_path / str(number)) for number in range(8)]
    for one in specs:
        one.workspace.mkdir()
    results = await asyncio.gather(*(sandbox.run(["sh", "-c", "ls -a; touch mine; ls"], one) for one in specs))
    assert {result.output for result in results} == {b".\n..\nmine\n"}


async def test_two_runs_may_share_a_workspace(sandbox: Sandbox, spec: BoxSpec) -> None:
    commands = [f"echo {name} > {name}; cat {name}" for name in ("a", "b", "c")]
    results = await asyncio.gather(*(sandbox.run(["sh", "-c", command], spec) for command in commands))
    assert [result.output for result in results] == [b"a\n", b"b\n", b"c\n"]


async def test_descriptors_are_given_back(sandbox: Sandbox, spec: BoxSpec) -> None:
    await sandbox.run(["true"], spec)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await sandbox.run(["true"], spec)
    assert len(os.listdir("/proc/self/fd")) <= before


def _children() -> set[int]:
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
