"""A fleet whose pool `held` has a handler of supervision_handlers.py."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from eventually import eventually
from fleet_support import RunningFleet, Told

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_data import read_record
from mycoderai.gateway.fleet_plan import WorkerSpec, worker_command
from mycoderai.schemas.events import Limits, Recorded, RunSubmitted
from mycoderai.schemas.settings import Settings

POOL = "held"
TASK = RunSubmitted(task="hold", role=POOL, limits=Limits(attempts=1))
"""One attempt may be lost: none. What is released, or handed over, does not count."""


@asynccontextmanager
async def held_fleet(
    folder: Path, handler: str = "hold", told: Told | None = None, roles: tuple[str, ...] = ("orchestrator", POOL)
) -> AsyncIterator[RunningFleet]:
    settings = Settings(data_dir=str(folder / "data"), durability="process", pools=(POOL,))
    async with AsyncExitStack() as stack:
        fleet = Fleet(settings, roles, command_of=with_handler(handler), tell=told or Told())
        await stack.enter_async_context(fleet)
        client = await connect(fleet.settings, "client")
        stack.push_async_callback(client.close)
        yield RunningFleet(fleet, client, stack, folder)


def with_handler(handler: str) -> Callable[[WorkerSpec], list[str]]:
    def command_of(spec: WorkerSpec) -> list[str]:
        if POOL not in spec.roles:
            return worker_command(spec)
        found_by = f"PYTHONPATH={Path(__file__).parent}"
        return ["env", found_by, *worker_command(spec._replace(handler=f"supervision_handlers:{handler}"))]

    return command_of


async def start_worker(settings: Settings, handler: str, **variables: str) -> asyncio.subprocess.Process:
    """A worker of the pool that nobody supervises, once it can take work."""
    ready, told = os.pipe()
    ours = {
        "PYTHONPATH": str(Path(__file__).parent),
        "MYCODER_DATA_DIR": settings.data_dir,
        "MYCODER_NATS_URL": settings.nats_url,
        "MYCODER_POOLS": POOL,
        "MYCODER_READY_FD": str(told),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mycoderai.workers", "--role", POOL),
        *("--handler", f"supervision_handlers:{handler}", "--slots", "1"),
        env=os.environ | ours | variables,
        pass_fds=(told,),
    )
    os.close(told)
    await until_ready(ready)
    return process


async def until_ready(pipe: int) -> None:
    with os.fdopen(pipe, "rb") as lines:
        while (line := await asyncio.to_thread(lines.readline)) != b"ready\n":
            assert line, "it ended instead"


def pid_of(fleet: RunningFleet, name: str) -> int:
    record = read_record(fleet.settings.data)
    assert record
    return record.processes[name][0]


async def next_pid(fleet: RunningFleet, name: str, ended: int) -> int:
    """Of the process in the place of one that has ended. It may be at work before the fleet's record names it."""
    return await eventually(lambda: (pid := pid_of(fleet, name)) != ended and pid)


def stored_at(recorded: Recorded) -> float:
    """Seconds since 1970."""
    whole, _, fraction = recorded.time.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")
