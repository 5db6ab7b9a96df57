"""The life of a worker process: connect, say ready, work until told to stop, drain."""

import asyncio
import gc
import importlib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.consume import PullLoop
from mycoderai.broker.hearing import prove_receiving
from mycoderai.broker.life import Life, of_this_process
from mycoderai.broker.logs import configure_logs
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import ORCHESTRATOR
from mycoderai.workers.metrics import show_metrics

DRAIN_S = 5.0
"""How long steps at work may go on once the worker is told to stop."""
RELEASE_S = 2.0
ORCHESTRATOR_SLOTS = 64
COLLECT_AFTER = 20_000
"""New objects between two looks for garbage that refers to itself. There is next to none, and each look goes through
what the calls under way hold: Python's default of 700 costs a busy worker a tenth of its time."""
log = structlog.get_logger()

Ready = Callable[[], None]
Role = Callable[[Settings, asyncio.Event, Ready], Coroutine[None, None, None]]

# Imported only where they run: a coder has no use for SQLite, nor a memory worker for the sandbox.
_SERVICES = {
    "executor": "mycoderai.workers.executor.worker",
    "model": "mycoderai.workers.model.worker",
    "memory": "mycoderai.workers.memory.worker",
}


def _nothing_to_release() -> None:
    pass


async def run_roles(settings: Settings, roles: Sequence[str], handler: str = "") -> None:
    """Run the roles until SIGTERM or SIGINT. Raises what keeps one of them from starting."""
    configure_logs(settings)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, stop.set)
    life = Life(os.environ)
    of_this_process.set(life)
    up = asyncio.Event()
    ready = _when_all_ready(len(roles), life, up)
    showing = [asyncio.create_task(life.show()), asyncio.create_task(show_metrics(settings, up))]
    try:
        async with asyncio.TaskGroup() as group:
            # A role that fails ends the process: the supervisor starts it again, or shows why it cannot.
            for role in roles:
                playing = _role(settings, role, handler, life)(settings, stop, ready)
                group.create_task(_then_stop(playing, stop), name=role)
            group.create_task(_then_stop(prove_receiving(stop), stop))
    except* MycoderError as errors:
        raise errors.exceptions[0] from None
    finally:
        await end(showing)


async def _then_stop(part: Coroutine[None, None, None], stop: asyncio.Event) -> None:
    """One part that ends is the end of all, whether or not a cancellation gets through to them."""
    try:
        await part
    finally:
        stop.set()


def _role(settings: Settings, role: str, handler: str, life: Life) -> Role:
    if role in _SERVICES:
        run_worker: Role = importlib.import_module(_SERVICES[role]).run_worker
        return run_worker
    if role == ORCHESTRATOR:
        return partial(_run_orchestrator, life)
    if role not in settings.all_pools:
        raise ConfigError(
            f"there is no role {role!r}",
            f"roles: {', '.join((ORCHESTRATOR, *_SERVICES, *settings.all_pools))}; add your own in MYCODER_POOLS",
        )
    return partial(_run_pool, life, role, handler)


async def _run_pool(life: Life, role: str, handler: str, settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    from mycoderai.workers.handler import load_handler
    from mycoderai.workers.steps import StepWorker

    step_handler = load_handler(role, handler)
    nc = await connect(settings, role)
    worker = StepWorker(nc, settings, role, step_handler)
    await worker.start()
    loop = PullLoop(nc, role, settings.slots, worker.handle, life)
    await _pull(nc, loop, stop, ready, worker.release)


async def _run_orchestrator(life: Life, settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    from mycoderai.workers.orchestrator import Orchestrator
    from mycoderai.workers.overlooked import Overlooked
    from mycoderai.workers.sweeper import Sweeper

    nc = await connect(settings, ORCHESTRATOR)
    worker = Orchestrator(nc, settings)
    await worker.start()
    loop = PullLoop(nc, ORCHESTRATOR, ORCHESTRATOR_SLOTS, worker.handle, life)
    looking = [
        asyncio.create_task(Sweeper(nc, settings, worker).run()),
        asyncio.create_task(Overlooked(nc, settings, worker).run()),
    ]
    try:
        await _pull(nc, loop, stop, ready)
    finally:
        await end(looking)


async def _pull(
    nc: Client,
    loop: PullLoop,
    stop: asyncio.Event,
    ready: Ready,
    release: Callable[[], None] = _nothing_to_release,
) -> None:
    try:
        await loop.run(stop, ready)
        await loop.wait_for_work(DRAIN_S)
        release()
        await loop.drain(RELEASE_S)
    finally:
        # Not drain(): with pull subscriptions it stalls for its whole time-out.
        await nc.flush()
        await nc.close()


def _when_all_ready(count: int, life: Life, up: asyncio.Event) -> Ready:
    waiting = count

    def ready() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0:
            life.ready()
            up.set()

    return ready
