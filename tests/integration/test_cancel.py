"""Cancel stops what runs, not only what would come next."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet

from mycoderai.broker.log import append
from mycoderai.gateway.fleet_process import readable
from mycoderai.schemas.events import CancelAsked, RunSubmitted
from mycoderai.schemas.execution import Policy
from mycoderai.schemas.ids import new_id

MARK = f"marker-{new_id()}"
GREEN = {"tests/test_a.py": "def test_a():\n    pass\n"}


async def test_cancel_ends_a_running_command_and_all_it_started(
    start_fleet: Callable[..., object], make_repo: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    fleet: RunningFleet = await start_fleet()  # type: ignore[misc]
    command = f"setsid bash -c 'exec -a {MARK} sleep 600' & exec -a {MARK} sleep 600"
    transcript = tmp_path / "transcript.json"
    transcript.write_text(json.dumps([[{"name": "bash", "arguments": {"command": command, "timeout_s": 600}}]]))
    began = asyncio.Event()

    async def on_live(_: object) -> None:
        began.set()

    await fleet.client.subscribe("live.>", cb=on_live)
    submission = RunSubmitted(task="wait", model=f"scripted:{transcript}", policy=Policy(command_limit_s=600))
    log = await fleet.submit(submission, make_repo(GREEN))
    await began.wait()
    running = [os.pidfd_open(pid) for pid in await both_started()]
    await append(fleet.client, log.ask("cancel"), CancelAsked(by="test", reason="enough"))
    finished = await fleet.finished(log)
    assert finished.status == "cancelled"
    assert finished.failure
    assert finished.failure.message == "enough"
    async with asyncio.timeout(WITHIN_S):
        for descriptor in running:
            await readable(descriptor)  # the process has ended
            os.close(descriptor)
    assert not processes_with(MARK)


async def both_started() -> list[int]:
    """The beginning of processes of another tree gives no signal to wait for; their end does."""
    await eventually(lambda: len(processes_with(MARK)) >= 2)
    return processes_with(MARK)


def processes_with(mark: str) -> list[int]:
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in arguments:
            found.append(int(pid))
    return found
