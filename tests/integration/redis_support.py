"""A Redis of our own for the tests of memory."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from eventually import eventually
from ports_support import free_ports
from redis.asyncio import Redis
from redis.exceptions import RedisError

SETUP = Path(__file__).parents[2] / "infra" / "setup-redis.sh"
NOT_ALLOWED = 3
"""It is missing, and only root could install it."""


class RedisServer:
    """Started with `start`; what was stored is kept in the folder as Redis does by default with append-only files."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"redis://127.0.0.1:{port}/0"

    async def start(self) -> None:
        options = {"port": self._port, "bind": "127.0.0.1", "dir": self._folder, "appendonly": "yes", "save": ""}
        self._process = await asyncio.create_subprocess_exec(
            "redis-server",
            *(str(part) for name, value in options.items() for part in (f"--{name}", value)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._answers)

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def empty(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()

    async def _answers(self) -> bool:
        try:
            async with Redis.from_url(self.url) as redis:
                return bool(await redis.ping())
        except (RedisError, OSError):
            return False


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[RedisServer]:
    _set_up()
    server = RedisServer(folder, *free_ports(1))
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


def _set_up() -> None:
    """Skips the test where this host has no Redis and nobody may install it."""
    done = subprocess.run(["sh", SETUP], capture_output=True, text=True, timeout=300)
    if done.returncode == NOT_ALLOWED:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
