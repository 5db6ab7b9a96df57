"""The life of a worker process: connect, say ready, work until told to stop, drain."""

import asyncio
import importlib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.consume import Delivery, PullLoop
from mycoderai.broker.logs import configure_logs
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import ORCHESTRATOR

READY_FD = "MYCODER_READY_FD"
DRAIN_S = 5.0
ORCHESTRATOR_SLOTS = 64
log = structlog.get_logger()

Ready = Callable[[], None]
Role = Callable[[Settings, asyncio.Event, Ready], Coroutine[None, None, None]]

# Imported only where they run: a coder has no use for SQLite, nor a memory worker for the sandbox.
_SERVICES = {
    "executor": "mycoderai.workers.executor.worker",
    "model": "mycoderai.workers.model.worker",
    "memory": "mycoderai.workers.memory.worker",
}


class Pulling(Protocol):
    async def start(self) -> None: ...

    async def handle(self, delivery: Delivery) -> None: ...


async def run_roles(settings: Settings, roles: Sequence[str], handler: str = "") -> None:
    """Run the roles until SIGTERM or SIGINT. Raises what keeps one of them from starting."""
    configure_logs(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, stop.set)
    ready = _when_all_ready(len(roles))
    try:
        async with asyncio.TaskGroup() as group:
            # A role that fails ends the process: the supervisor starts it again, or shows why it cannot.
            for role in roles:
                group.create_task(_role(settings, role, handler)(settings, stop, ready), name=role)
    except* MycoderError as errors:
        raise errors.exceptions[0] from None


def _role(settings: Settings, role: str, handler: str) -> Role:
    if role in _SERVICES:
        run_worker: Role = importlib.import_module(_SERVICES[role]).run_worker
        return run_worker
    if role == ORCHESTRATOR:
        return _run_orchestrator
    if role not in settings.all_pools:
        raise ConfigError(
            f"there is no role {role!r}",
            f"roles: {', '.join((ORCHESTRATOR, *_SERVICES, *settings.all_pools))}; add your own in MYCODER_POOLS",
        )

    async def run_pool(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
        from mycoderai.workers.handler import load_handler
        from mycoderai.workers.steps import StepWorker

        step_handler = load_handler(role, handler)
        nc = await connect(settings, role)
        await _pull(nc, role, settings.slots, StepWorker(nc, settings, role, step_handler), stop, ready)

    return run_pool


async def _run_orchestrator(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    from mycoderai.workers.orchestrator import Orchestrator

    nc = await connect(settings, ORCHESTRATOR)
    await _pull(nc, ORCHESTRATOR, ORCHESTRATOR_SLOTS, Orchestrator(nc, settings), stop, ready)


async def _pull(nc: Client, pool: str, slots: int, worker: Pulling, stop: asyncio.Event, ready: Ready) -> None:
    await worker.start()
    loop = PullLoop(nc, pool, slots, worker.handle)
    try:
        await loop.run(stop, ready)
        await loop.drain(DRAIN_S)
    finally:
        # Not drain(): with pull subscriptions it stalls for its whole time-out.
        await nc.flush()
        await nc.close()


def _when_all_ready(count: int) -> Ready:
    waiting = count

    def ready() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0 and (fd := os.environ.get(READY_FD)):
            os.write(int(fd), b"ready\n")
            os.close(int(fd))

    return ready
