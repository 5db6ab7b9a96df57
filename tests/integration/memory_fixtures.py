"""A broker with streams and a memory worker on it, for the tests of memory."""

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import msgspec
from eventually import WITHIN_S, eventually
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import SERVICES, ensure_users
from mycoderai.broker.request import call
from mycoderai.broker.server import EmbeddedServer, start_server
from mycoderai.broker.verify import assert_topology
from mycoderai.schemas.notes import Change, Place, Provenance, WriteItems, Written
from mycoderai.schemas.settings import Settings, load
from mycoderai.schemas.subjects import MEMORY, memory_write, stream_of
from mycoderai.workers.memory.worker import FILE, run_worker
from tests.unit.memory_items import SHOP
from tests.unit.memory_logs import Sent, told

_CHILD = """
import asyncio, os
from mycoderai.schemas.settings import load
from mycoderai.workers.memory.worker import run_worker
asyncio.run(run_worker(load(os.environ)[0], asyncio.Event()))
"""


def settings_for(data: Path, shards: int = 1) -> Settings:
    env = {"MYCODER_DATA_DIR": str(data), "MYCODER_DURABILITY": "process", "HOME": str(data)}
    return load(env | {"MYCODER_SHARDS": str(shards)}, cwd=data)[0]


class Broker:
    """A broker of our own and a connection that may do anything."""

    def __init__(self, server: EmbeddedServer, settings: Settings, admin: Client, reconnected: asyncio.Event) -> None:
        self.server = server
        self.settings = settings
        self.admin = admin
        self.reconnected = reconnected

    async def api(self, verb: str, body: object = None) -> dict[str, object]:
        payload = b"" if body is None else json.dumps(body).encode()
        reply = await self.admin.request(f"$JS.API.{verb}", payload, timeout=WITHIN_S)
        answer: dict[str, object] = json.loads(reply.data)
        assert "error" not in answer, answer
        return answer

    async def send(self, messages: Iterable[Sent]) -> int:
        """Store the messages and one more, a request to a run that is not; the last one's sequence."""
        for number, (subject, payload) in enumerate(messages, 1):
            if subject.startswith("evt.0."):
                await self.admin.publish(subject, payload)
            else:  # of other shards the last reply says nothing
                await self.admin.request(subject, payload, timeout=WITHIN_S)
            if number % 1000 == 0:
                await self.admin.flush(WITHIN_S)
        reply = await self.admin.request("evt.0.end.ask.cancel", b'{"kind":"ask.cancel"}', timeout=WITHIN_S)
        return int(json.loads(reply.data)["seq"])

    async def ends(self) -> dict[str, int]:
        """The last sequence of each stream that memory follows and that holds anything."""
        streams = [MEMORY, *map(stream_of, range(self.settings.shards))]
        states: list[Any] = [(await self.api(f"STREAM.INFO.{stream}"))["state"] for stream in streams]
        return {stream: state["last_seq"] for stream, state in zip(streams, states, strict=True) if state["last_seq"]}


async def restart(here: Broker, meanwhile: Callable[[Path], object] = lambda store: None) -> None:
    """Stop the broker, do something to its store, and start it again on the same port."""
    port = int(here.server.url.rpartition(":")[2])
    await here.server.stop()
    meanwhile(here.settings.data / "nats" / "store")
    users = ensure_users(here.settings.credentials, (*SERVICES, *here.settings.all_pools))
    here.reconnected.clear()
    here.server = await start_server(here.settings, users, port)
    async with asyncio.timeout(WITHIN_S):
        await here.reconnected.wait()


@asynccontextmanager
async def broker(data: Path, shards: int = 1) -> AsyncIterator[Broker]:
    settings = settings_for(data, shards)
    server = await start_server(settings, ensure_users(settings.credentials, (*SERVICES, *settings.all_pools)))
    settings = msgspec.structs.replace(settings, nats_url=server.url)
    here, reconnected = None, asyncio.Event()

    async def on_reconnect() -> None:
        reconnected.set()

    try:
        here = Broker(server, settings, await connect(settings, "admin", on_reconnect=on_reconnect), reconnected)
        await assert_topology(here.admin, settings)
        yield here
    finally:
        if here:
            await here.admin.close()
            server = here.server
        await server.stop()


@asynccontextmanager
async def asking(here: Broker, role: str = "client") -> AsyncIterator[Client]:
    nc = await connect(here.settings, role)
    try:
        yield nc
    finally:
        await nc.close()


async def write(nc: Client, id: str, *changes: Change, place: Place = SHOP, pool: str = "") -> Written:
    origin = Provenance(source="agent" if pool else "person", by=pool or "ada")
    request = WriteItems(id=id, place=place, changes=changes, provenance=origin)
    return await call(nc, memory_write(pool), request, Written, timeout_s=WITHIN_S)


@asynccontextmanager
async def memory(settings: Settings, *, rebuild: bool = False) -> AsyncIterator[asyncio.Task[None]]:
    """A memory worker that answers; stopped at the end."""
    stop, ready = asyncio.Event(), asyncio.Event()
    worker = asyncio.create_task(run_worker(settings, stop, ready.set, rebuild=rebuild))
    waiting = asyncio.create_task(ready.wait())
    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.wait({worker, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if worker.done():
            worker.result()
        yield worker
    finally:
        waiting.cancel()
        stop.set()
        await asyncio.gather(worker, return_exceptions=True)


@asynccontextmanager
async def memory_process(settings: Settings, flaw: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A memory worker in a process of its own; killed at the end. Yields when it applies or answers, or has ended of
    the flaw, a piece of program that it begins with."""
    names = ("data_dir", "nats_url", "credentials_dir", "shards", "redis_url")
    env = {f"MYCODER_{name.upper()}": str(value) for name in names if (value := getattr(settings, name, ""))}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", flaw + _CHILD, env=os.environ | env, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert child.stdout
        async with asyncio.timeout(WITHIN_S):
            while b"memory.applied" not in (line := await child.stdout.readline()) and b"memory.serving" not in line:
                assert line or flaw, "the worker ended"
                if not line:
                    break
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


def another(settings: Settings, data: Path) -> Settings:
    """For a replica with a folder of its own."""
    return msgspec.structs.replace(settings, data_dir=str(data), credentials_dir=str(settings.credentials))


async def until(condition: Callable[[], bool], what: str) -> None:
    """For a condition that nobody signals."""
    try:
        await eventually(condition, WITHIN_S)
    except TimeoutError:
        raise AssertionError(what) from None


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with closing(_looking(settings)) as db:
        return db.execute(query).fetchall()


def applied(settings: Settings) -> dict[str, int]:
    """How far the file has come, by stream."""
    return dict(rows(settings, "SELECT stream, seq FROM position"))


def _looking(settings: Settings) -> sqlite3.Connection:
    """Makes no file where none is, and leaves the write-ahead log of a worker that was killed for the next one."""
    return sqlite3.connect(f"file:{settings.data / FILE}?mode=ro", uri=True)


def fingerprint(settings: Settings) -> str:
    """A hash of everything in the file."""
    digest = hashlib.sha256()
    with closing(_looking(settings)) as db:
        for table, columns in told(db):
            for row in sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr):  # noqa: S608
                digest.update(repr((table, row)).encode())
    return digest.hexdigest()


def forget(settings: Settings) -> None:
    for path in settings.data.glob(FILE + "*"):
        path.unlink()
