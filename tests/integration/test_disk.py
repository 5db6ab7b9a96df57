"""A disk that fills up, on a tmpfs of its own: refused before anything freezes, and well again by itself."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet, Told
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append, store
from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_data import read_record
from mycoderai.gateway.fleet_disk import room_of
from mycoderai.gateway.fleet_plan import worker_command
from mycoderai.schemas.errors import BrokerUnreachable, NoRoom
from mycoderai.schemas.events import CancelAsked, RunSubmitted, StepReady, encode
from mycoderai.schemas.settings import load
from mycoderai.schemas.subjects import Log

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
MIB = 1 << 20
ROLES = ("orchestrator", "noop")
DO_NOTHING = "mycoderai.workers.noop:run_step"
NOOP = RunSubmitted(task="nothing", model="offline/repair", role="noop")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
async def fleet(small_disk: Path, tmp_path: Path) -> AsyncIterator[tuple[RunningFleet, Told]]:
    settings, _ = load({"HOME": str(tmp_path), "MYCODER_DATA_DIR": str(small_disk)}, cwd=tmp_path)
    told = Told()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(Fleet(settings, ROLES, tell=told))
        client = await connect(running.settings, "client")
        stack.push_async_callback(client.close)
        yield RunningFleet(running, client, stack, tmp_path), told


def fill(folder: Path, leave: int) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):  # no space left
        while room_of(folder, None).free > leave:
            file.write(bytes(64 << 10))
    return ballast


def mycoder(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [Path(sys.executable).parent / "mycoder", *arguments, "--data", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


async def publish(fleet: RunningFleet, log: Log) -> dict[str, dict[str, object]]:
    """As somebody does who has a NATS client and nothing of ours."""
    headers = {"Nats-Expected-Last-Subject-Sequence": "0"}
    reply = await fleet.client.request(log.run_event("submitted"), encode(NOOP), timeout=WITHIN_S, headers=headers)
    answer: dict[str, dict[str, object]] = json.loads(reply.data)
    return answer


async def test_a_nearly_full_disk_refuses_runs_and_takes_them_again_when_there_is_space(
    fleet: tuple[RunningFleet, Told], small_disk: Path, make_repo: Callable[[dict[str, str]], Path]
) -> None:
    running, told = fleet
    log = await running.submit(NOOP)
    assert (await running.finished(log)).status == "succeeded"

    ballast = fill(small_disk, leave=8 * MIB)
    filled = time.monotonic()
    await told.wait_for("no new runs are accepted")
    print(f"refused {time.monotonic() - filled:.2f} s after the disk was nearly full")
    refusal = (await publish(running, Log("refused")))["error"]
    assert "nearly full" in str(refusal["description"])
    assert not await running.recorded(Log("refused"))
    repo = make_repo({"a.py": ""})
    answer, report = await asyncio.gather(
        asyncio.to_thread(mycoder, small_disk, "run", "nothing", "--repo", str(repo)),
        asyncio.to_thread(mycoder, small_disk, "doctor", "--json"),
    )
    what, why, fix = answer.stderr.splitlines()
    assert answer.returncode == ExitCode.LIMIT_REACHED
    assert what.startswith("error: ")
    assert "nearly full" in why
    assert fix.startswith("fix: ")
    failed = {check["name"] for line in report.stdout.splitlines() if (check := json.loads(line))["state"] == "fail"}
    assert {"disk", "admission"} <= failed
    # What is in progress has some room, and then waits.
    for size in (MIB // 4, 8192, 1):
        with pytest.raises(NoRoom, match="maximum bytes"):
            await until_refused(running.client, log.ask("message"), size, WITHIN_S)
    parked = asyncio.create_task(append(running.client, log.ask("cancel"), CancelAsked(by="test")))
    done, _ = await asyncio.wait({parked}, timeout=0.1)
    assert not done

    ballast.unlink()
    emptied = time.monotonic()
    await told.wait_for("disk has space again")
    print(f"accepted again {time.monotonic() - emptied:.2f} s after there was space")
    assert await parked
    assert (await running.finished(await running.submit(NOOP))).status == "succeeded"


async def test_a_run_in_progress_ends_while_no_new_ones_are_accepted(
    fleet: tuple[RunningFleet, Told], small_disk: Path, tmp_path: Path
) -> None:
    running, told = fleet
    waiting = msgspec.structs.replace(NOOP, role="tester")  # nobody plays that role yet
    log = await running.submit(waiting)
    await running.wait_for(log, StepReady)
    fill(small_disk, leave=8 * MIB)
    await told.wait_for("no new runs are accepted")
    pid = read_record(small_disk).processes["nats-server"][0]  # type: ignore[union-attr]
    os.kill(pid, signal.SIGKILL)
    await told.wait_for("nats-server is back")
    late = msgspec.structs.replace(running.settings, data_dir=str(tmp_path / "late"))
    late = msgspec.structs.replace(late, credentials_dir=str(running.settings.credentials))
    async with Fleet(late, ("tester",), command_of=lambda spec: worker_command(spec._replace(handler=DO_NOTHING))):
        assert (await running.finished(log)).status == "succeeded"
    assert "nearly full" in str((await publish(running, Log("refused")))["error"]["description"])


async def until_refused(nc: Client, subject: str, size: int, answered_within_s: float) -> None:
    while True:
        answer = await store(nc, subject, b"x" * size, {}, timeout_s=answered_within_s, wait_for_room=False)
        assert "error" not in answer


async def test_a_stream_that_froze_on_a_full_disk_works_again_once_there_is_space(
    fleet: tuple[RunningFleet, Told], small_disk: Path
) -> None:
    running, told = fleet
    before = await running.submit(NOOP)
    await running.finished(before)
    ballast = fill(small_disk, leave=0)
    await told.wait_for("disk")
    with pytest.raises(BrokerUnreachable):
        await until_refused(running.client, before.ask("message"), MIB // 4, 2)

    ballast.unlink()
    emptied = time.monotonic()
    await told.wait_for("the broker is restarted")
    await told.wait_for("nats-server is back")
    assert (await running.finished(await running.submit(NOOP))).status == "succeeded"
    print(f"a frozen stream worked {time.monotonic() - emptied:.2f} s after there was space")
    assert next(type(event).__name__ for event in await running.events(before)) == "RunSubmitted"
    assert shutil.disk_usage(small_disk).free > 16 * MIB
