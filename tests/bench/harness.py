"""What the figures share: throw-away data directories, fleets and processes.

Clocks belong to the host, not to a process: a moment taken in a worker, in the broker or in the benchmark can be
subtracted from one taken elsewhere, as long as both come from `time.monotonic()` or both from `time.time()`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import CLIENT
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_plan import SERVICES, WorkerSpec, worker_command, worker_environment
from mycoderai.gateway.fleet_process import spawn
from mycoderai.schemas.settings import Settings

Durability = Literal["power", "process"]
DURABILITIES: tuple[Durability, ...] = ("power", "process")
MYCODER = str(Path(sys.executable).parent / "mycoder")
HERE = Path(__file__).parent
POOL = "bench"
STOPS_WITHIN_S = 20.0
READY_WITHIN_S = 180.0
"""A memory worker is ready once it has read the log."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, whatever happened."""
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def bench_fleet(
    handler: str, durability: Durability, *roles: str, **changes: Any
) -> AsyncIterator[tuple[Fleet, Client]]:
    """A broker, workers (an orchestrator and the pool `bench`, or other roles), and a client's connection. Every pool
    has a handler of this folder. changes: of settings."""
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability=durability, pools=(POOL,), **changes)
        async with Fleet(settings, roles or ("orchestrator", POOL), command_of=_with_handler(handler)) as fleet:
            nc = await connect(fleet.settings, CLIENT, name="bench")
            try:
                yield fleet, nc
            finally:
                await nc.close()


def _with_handler(handler: str) -> Any:
    def command_of(spec: WorkerSpec) -> list[str]:
        if set(spec.roles) & set(SERVICES):
            return worker_command(spec)
        return ["env", f"PYTHONPATH={HERE}", *worker_command(spec._replace(handler=handler))]

    return command_of


@contextlib.asynccontextmanager
async def more_workers(fleet: Fleet, role: str, count: int = 1, handler: str = "") -> AsyncIterator[None]:
    """Worker processes of one role beside those of the fleet."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(count):
            spec = WorkerSpec(f"{role}-more-{number}", (role,))
            env = worker_environment(fleet.settings, spec, os.environ)
            log = fleet.settings.data / "logs" / f"{spec.name}.log"
            child = spawn(spec.name, _with_handler(handler)(spec), env, None, log)
            stack.push_async_callback(child.stop)
            await child.wait_ready(READY_WITHIN_S)
        yield


def environment(data: Path, **more: str) -> dict[str, str]:
    """Ours without its settings, so that a benchmark measures the defaults."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MYCODER_")}
    return {**kept, "MYCODER_DATA_DIR": str(data), "XDG_CONFIG_HOME": str(data / "config"), **more}


@contextlib.contextmanager
def running(arguments: Sequence[str], env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A process whose stdout can be read; what still runs at the end is stopped as Ctrl-C would stop it."""
    process = subprocess.Popen(
        arguments,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def running_fleet(data: Path) -> Iterator[int]:
    """`mycoder up` on a data directory, once it is ready; its process id."""
    with running([MYCODER, "up", "--port", "0", "--json"], environment(data)) as process:
        for line in process.stdout or ():
            if json.loads(line).get("kind") == "ready":
                yield process.pid
                return
        raise RuntimeError(f"`mycoder up` ended with {process.wait()} before it was ready")


def fleet_processes(data: Path) -> dict[str, int]:
    """Process ids by name, as the fleet records them."""
    record = msgspec.json.decode((data / "fleet.json").read_bytes())
    return {name: pid for name, (pid, _) in record["processes"].items()}
