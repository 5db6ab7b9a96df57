"""A provider that bills, model workers that call it, and callers that ask until they are refused."""

import asyncio
import contextlib
import json
import os
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Self

from fleet_support import RunningFleet
from nats.aio.client import Client

from mycoderai.broker.request import LOST_AFTER_S, call
from mycoderai.gateway.fleet_data import read_record
from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError, ServiceLost
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.subjects import MODEL_CHAT

PROGRAM = Path(__file__).with_name("budget_worker.py")
RESERVED_USD = 0.05
"""What every call reserves; `Endpoint` bills no more."""
ANSWER_S = 0.03


class Endpoint:
    """A provider on loopback with its own books: it bills a request when it comes, and answers it after a while."""

    def __init__(self) -> None:
        self.billed_cents = 0
        self.requests: list[str] = []
        self.arrived = asyncio.Condition()
        self.answering = asyncio.Event()
        """Cleared: requests are billed, and their answers wait."""
        self.answering.set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    @property
    def port(self) -> int:
        assert self._server
        return int(self._server.sockets[0].getsockname()[1])

    async def wait_for(self, count: int) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode().strip()
        cents = zlib.crc32(name.encode()) % 5 + 1
        async with self.arrived:
            self.billed_cents += cents
            self.requests.append(name)
            self.arrived.notify_all()
        await asyncio.sleep(ANSWER_S)
        await self.answering.wait()
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(cents / 100).encode() + b"\n")
            await writer.drain()
        writer.close()


class ModelWorker:
    """A model worker in a process of its own, whose only provider is the endpoint."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def model_workers(fleet: RunningFleet, endpoint: Endpoint) -> AsyncIterator[Callable[[], Awaitable[ModelWorker]]]:
    """Starts workers; what still runs at the end is killed."""
    workers: list[ModelWorker] = []

    async def start() -> ModelWorker:
        limit = fleet.settings.fleet_usd_per_day
        env = {
            **os.environ,
            "MYCODER_DATA_DIR": str(fleet.settings.data),
            "MYCODER_NATS_URL": fleet.settings.nats_url,
            "MYCODER_FLEET_USD_PER_DAY": "" if limit is None else str(limit),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), str(endpoint.port), str(RESERVED_USD), env=env, stdout=asyncio.subprocess.PIPE
        )
        workers.append(worker := ModelWorker(process))
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        return worker

    try:
        yield start
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                await worker.kill()


def asking(run: str, step: str, number: int, **limits: float | None) -> ModelRequest:
    messages = (Message(role="user", content="go on"),)
    return ModelRequest(
        call=f"1-{number}", run=run, step=step, model="priced", messages=messages, seconds_left=60, **limits
    )


async def ask(nc: Client, request: ModelRequest, lost_after_s: float) -> ModelAnswer:
    """As an agent asks: again, with the same id, when the worker that had the call is lost."""
    while True:
        try:
            return await call(nc, MODEL_CHAT, request, ModelAnswer, timeout_s=60, lost_after_s=lost_after_s)
        except ServiceLost:
            await asyncio.sleep(0.1)


async def until_refused(
    nc: Client, run: str, step: str, lost_after_s: float = LOST_AFTER_S, **limits: float | None
) -> tuple[int, Failure]:
    """What a step's answers cost in cents, and why there was not one more."""
    number, cents = 0, 0
    while True:
        number += 1
        try:
            answer = await ask(nc, asking(run, step, number, **limits), lost_after_s)
        except RefusedError as err:
            return cents, err.failure
        cents += round(100 * (answer.usage.cost_usd or 0.0))


def broker_pid(fleet: RunningFleet) -> int:
    record = read_record(fleet.settings.data)
    assert record
    return record.processes["nats-server"][0]
