"""Memory on a Redis instead of a file: begun anew from the log, and written to. It needs redis-server, so it is no part
of a run of all: `python tests/bench/run.py --only memory_redis`."""

import asyncio
import contextlib
import logging
import socket
import subprocess
import time
from collections.abc import Iterator

import msgspec
import structlog
from figure import Figure
from harness import scratch
from memory_rebuild import BATCH, WRITERS, batches, broker, fill, rebuild
from redis import Redis

REPEATS = 3
STARTS_WITHIN_S = 10.0


def measure() -> Iterator[Figure]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with _redis() as url:
        yield Figure(name="memory on Redis: rebuild from the log", unit="events/s", samples=asyncio.run(_rebuilds(url)))
        name = f"memory on Redis: puts, {BATCH} a batch, {WRITERS} writers"
        yield Figure(name=name, unit="puts/s", samples=asyncio.run(_puts(url)), durability="power")


async def _rebuilds(url: str) -> list[float]:
    async with broker(()) as (settings, nc):
        events = await fill(nc)
        rates = []
        for _ in range(REPEATS):
            with Redis.from_url(url) as redis:
                redis.flushall()
            rates.append(events / await rebuild(msgspec.structs.replace(settings, redis_url=url)))
        return rates


async def _puts(url: str) -> list[float]:
    async with broker(("memory",), redis_url=url) as (_, nc):
        return [await batches(nc, repeat) for repeat in range(REPEATS)]


@contextlib.contextmanager
def _redis() -> Iterator[str]:
    """A server of our own, that writes what it is told to its disk every second."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with scratch() as folder:
        options = (
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
            "--appendonly",
            "yes",
            "--save",
            "",
        )
        server = subprocess.Popen(("redis-server", *options), stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)  # nothing tells that it listens
        else:
            return
