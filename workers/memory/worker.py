"""The memory worker's life: own the file, follow every event stream, answer once it has caught up."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.tasks import end
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY, MEMORY_COPIES, stream_of
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.cached import Cached
from mycoderai.workers.memory.file import FileDamaged
from mycoderai.workers.memory.follow import Follower
from mycoderai.workers.memory.homes import FILE, Home, home_of
from mycoderai.workers.memory.letters import LetterBox
from mycoderai.workers.memory.position import LogReplaced, MemoryAheadOfLog
from mycoderai.workers.memory.repository import BegunAnew, Repository
from mycoderai.workers.memory.service import DRAIN_S, Service
from mycoderai.workers.memory.writing import Writing

__all__ = ["FILE", "run_worker"]
log = structlog.get_logger()


def _nobody_waits() -> None:
    pass


async def run_worker(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[], None] = _nobody_waits,
    *,
    rebuild: bool = False,
) -> None:
    """Serve memory until `stop` is set. `ready` is called once, when the first question is answered.

    rebuild: where memory is ahead of the log, put the file aside and build it from the log, instead of refusing.

    Raises ConfigError when the file belongs to somebody else, is of a newer version, or is ahead of the log.
    """
    followers: list[Follower] = []
    waiting = [ready]

    def ready_once() -> None:
        while waiting:
            waiting.pop()()

    async def on_reconnect() -> None:
        for follower in followers:
            follower.look_again()

    with home_of(settings) as home:
        nc = await connect(settings, "memory", on_reconnect=on_reconnect)
        try:
            while not stop.is_set():
                await _once(nc, settings, home, followers, stop, ready_once, rebuild)
        finally:
            await nc.close()


async def _once(
    nc: Client,
    settings: Settings,
    home: Home,
    followers: list[Follower],
    stop: asyncio.Event,
    ready: Callable[[], None],
    rebuild: bool,
) -> None:
    """Until `stop` is set, or memory has to be built anew."""
    store = await home.open(nc)
    try:
        await _live(nc, settings, store, home, followers, stop, ready)
    except (LogReplaced, FileDamaged) as err:
        await store.discard("corrupt" if isinstance(err, FileDamaged) else "stale", err.message)
    except MemoryAheadOfLog as err:
        if not rebuild:
            await store.close()
            raise
        await store.discard("stale", err.message)
    except BegunAnew as err:
        log.info("memory.begins_anew", reason=err.message)
        await store.close()
    except BaseException:
        await store.close()
        raise
    else:
        await store.close()


async def _live(
    nc: Client,
    settings: Settings,
    kept: Repository,
    home: Home,
    followers: list[Follower],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    """With one repository, until `stop` is set or it is no longer the right one."""
    applied, letters, store = Applied(), asyncio.Event(), Cached(kept)
    events = [(f"log.{shard}.>", stream_of(shard)) for shard in range(settings.shards)]
    writes = Follower(nc, MEMORY_COPIES, MEMORY, store, applied, letters)
    followers[:] = [writes, *(Follower(nc, copies, stream, store, applied, letters) for copies, stream in events)]
    service = Service(store, applied, Writing(nc, store, applied, writes.told))
    snapshots = home.snapshots(nc, applied)
    serving: asyncio.Task[object] = asyncio.create_task(_serve(nc, service, followers, ready))
    working: list[asyncio.Task[object]] = [
        asyncio.create_task(stop.wait()),
        *(asyncio.create_task(follower.run()) for follower in followers),
        asyncio.create_task(LetterBox(nc, store, letters).run()),
        *([asyncio.create_task(snapshots.run())] if snapshots else []),
    ]
    try:
        ended, _ = await asyncio.wait({serving, *working}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        # Those who ask go first: what they wait for may still come in.
        await end([serving], DRAIN_S + 1)
        await end(working, 0.5)
    if snapshots:
        await snapshots.at_stop()


async def _serve(nc: Client, service: Service, followers: Sequence[Follower], ready: Callable[[], None]) -> None:
    """Questions go to those who have caught up: a memory that is being built would deny what happened."""
    started = time.monotonic()
    for follower in followers:
        await follower.caught_up.wait()
    async with service.serving(nc):
        log.info("memory.serving", caught_up_in_s=round(time.monotonic() - started, 3))
        ready()
        await asyncio.Event().wait()
