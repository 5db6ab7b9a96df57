"""The memory worker's life: own the file, follow every event stream, answer once it has caught up."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.tasks import end
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY, MEMORY_COPIES, stream_of
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.file import FileDamaged, is_usable, prepare, put_aside
from mycoderai.workers.memory.follow import Follower
from mycoderai.workers.memory.letters import LetterBox
from mycoderai.workers.memory.owner import Owner, only_owner
from mycoderai.workers.memory.position import LogReplaced, MemoryAheadOfLog
from mycoderai.workers.memory.service import DRAIN_S, Service
from mycoderai.workers.memory.snapshot import restore
from mycoderai.workers.memory.snapshots import Snapshots
from mycoderai.workers.memory.store import SqliteStore, open_store
from mycoderai.workers.memory.writing import Writing

FILE = "memory.sqlite"
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
    path = settings.data / FILE
    followers: list[Follower] = []
    waiting = [ready]

    def ready_once() -> None:
        while waiting:
            waiting.pop()()

    async def on_reconnect() -> None:
        for follower in followers:
            follower.look_again()

    with only_owner(settings.data) as owner:
        nc = await connect(settings, "memory", on_reconnect=on_reconnect)
        try:
            while not stop.is_set():
                await _find(nc, path, owner)
                store = await open_store(path)
                owner.opened()
                try:
                    await _live(nc, settings, store, followers, stop, ready_once)
                    return
                except (LogReplaced, FileDamaged) as err:
                    why, reason = ("corrupt" if isinstance(err, FileDamaged) else "stale"), err.message
                except MemoryAheadOfLog as err:
                    if not rebuild:
                        raise
                    why, reason = "stale", err.message
                finally:
                    await store.close()
                    owner.closed()
                put_aside(path, why, reason)
        finally:
            await nc.close()


async def _find(nc: Client, path: Path, owner: Owner) -> None:
    """Leave a good file at the path: the one that is there, else a copy from the object store, else an empty one."""
    if owner.lost_its_log(path):
        put_aside(path, "corrupt", "its write-ahead log was removed while it was in use")
    if not await asyncio.to_thread(is_usable, path):
        await restore(nc, path)
        await asyncio.to_thread(prepare, path)


async def _live(
    nc: Client,
    settings: Settings,
    store: SqliteStore,
    followers: list[Follower],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    """With one file, until `stop` is set or the file is no longer the right one."""
    applied, letters = Applied(), asyncio.Event()
    events = [(f"log.{shard}.>", stream_of(shard)) for shard in range(settings.shards)]
    writes = Follower(nc, MEMORY_COPIES, MEMORY, store, applied, letters)
    followers[:] = [writes, *(Follower(nc, copies, stream, store, applied, letters) for copies, stream in events)]
    service = Service(store, applied, Writing(nc, store, applied, writes.told))
    snapshots = Snapshots(nc, store.path, applied)
    serving: asyncio.Task[object] = asyncio.create_task(_serve(nc, service, followers, ready))
    working: list[asyncio.Task[object]] = [
        asyncio.create_task(stop.wait()),
        *(asyncio.create_task(follower.run()) for follower in followers),
        asyncio.create_task(LetterBox(nc, store, letters).run()),
        asyncio.create_task(snapshots.run()),
    ]
    try:
        ended, _ = await asyncio.wait({serving, *working}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        # Those who ask go first: what they wait for may still come in.
        await end([serving], DRAIN_S + 1)
        await end(working, 0.5)
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
