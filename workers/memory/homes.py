"""Where a memory worker keeps what it builds: in a file of its own, or in a Redis it shares with others."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import structlog
from nats.aio.client import Client

from mycoderai.schemas.errors import ConfigError, TransientError
from mycoderai.schemas.settings import Settings
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.file import is_usable, prepare, put_aside
from mycoderai.workers.memory.owner import Owner, only_owner
from mycoderai.workers.memory.repository import Repository
from mycoderai.workers.memory.snapshot import restore
from mycoderai.workers.memory.snapshots import Snapshots
from mycoderai.workers.memory.store import open_store

FILE = "memory.sqlite"
AGAIN_S = 1.0
log = structlog.get_logger()


class Kept(Repository, Protocol):
    """A repository that is open."""

    async def close(self) -> None: ...

    async def discard(self, why: str, reason: str) -> None:
        """What is there is of no use: memory is to be built anew. Closes it too."""
        ...


class Home(Protocol):
    async def open(self, nc: Client) -> Kept: ...

    def snapshots(self, nc: Client, applied: Applied) -> Snapshots | None:
        """What stores copies, where there is need of any."""
        ...


@contextmanager
def home_of(settings: Settings) -> Iterator[Home]:
    """Raises ConfigError when somebody else uses the file."""
    if settings.redis_url:
        yield RedisHome(settings.redis_url)
        return
    with only_owner(settings.data) as owner:
        yield FileHome(settings.data / FILE, owner)


class FileHome:
    def __init__(self, path: Path, owner: Owner) -> None:
        self._path = path
        self._owner = owner

    async def open(self, nc: Client) -> Kept:
        """The file that is there, if it is good; else a copy from the object store, else an empty one."""
        if self._owner.lost_its_log(self._path):
            put_aside(self._path, "corrupt", "its write-ahead log was removed while it was in use")
        if not await asyncio.to_thread(is_usable, self._path):
            await restore(nc, self._path)
            await asyncio.to_thread(prepare, self._path)
        store = await open_store(self._path, self._owner.closed)
        self._owner.opened()
        return store

    def snapshots(self, nc: Client, applied: Applied) -> Snapshots | None:
        return Snapshots(nc, self._path, applied)


class RedisHome:
    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self, nc: Client) -> Kept:
        """Waits for a Redis that is not there yet. Raises ConfigError."""
        # Only those who share a Redis need its client.
        try:
            from mycoderai.workers.memory.redis_store import open_redis
        except ImportError as err:
            raise ConfigError(f"MYCODER_REDIS_URL is set, but {err}", "pip install 'mycoderai[redis]'") from err
        while True:
            try:
                return await open_redis(self._url)
            except TransientError as err:
                log.warning("memory.waits", error=str(err), again_in_s=AGAIN_S)
                await asyncio.sleep(AGAIN_S)

    def snapshots(self, nc: Client, applied: Applied) -> Snapshots | None:
        return None
