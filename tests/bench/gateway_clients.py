"""A thousand browsers that watch one run at one gateway: how late events reach them, what they cost, and how many
events a second get to all of them, beside a bare loop over python-socketio's `emit` in the same run.

Latency counts from the time the broker stored an event to the client having read it.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from figure import Figure
from harness import HERE, scratch
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_plan import settings_as_variables
from mycoderai.schemas.events import CancelAsked, RunSubmitted, encode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

CLIENTS = 1000
RATE = 100
SECONDS = 10.0
BURST, BARE_BURST = 3000, 100
REASON = (
    "The tests of the parser fail since the last step; what it changed in the lexer has to be taken back first. " * 2
)
WITHIN_S = 120.0


def measure() -> Iterator[Figure]:
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability="process")
        async with Fleet(settings, ("memory",)) as fleet, running_gateway(fleet.settings) as (gateway, url):
            nc = await connect(fleet.settings, ADMIN)
            try:
                return await _figures(nc, fleet.settings, gateway, url)
            finally:
                await nc.close()


async def _figures(nc: Client, settings: Settings, gateway: Process, url: str) -> list[Figure]:
    log = Log(new_id())
    seq = await append(nc, log.run_event("submitted"), RunSubmitted(task="be watched", role="noop"), expected=0)
    idle = rss_mb(gateway)
    watch = json.dumps({"run": log.run, "after_seq": seq, "live": False})
    async with clients(url, CLIENTS, watch) as crowd:
        connected = rss_mb(gateway)
        latencies = await _steady(nc, log, crowd)
        busy = rss_mb(gateway)
        ours = await _burst(nc, log, crowd)
        most = rss_mb(gateway)
    bare = await _bare_burst()
    return [
        Figure(name=f"{CLIENTS} clients, {RATE} events/s: stored to received", unit="ms", samples=latencies),
        Figure(
            name=f"{CLIENTS} clients, {RATE} events/s: p99 of it",
            unit="ms",
            samples=[percentile(latencies, 99)],
            reach=250,
        ),
        Figure(name="gateway's RSS without clients", unit="MB", samples=[idle]),
        Figure(name=f"gateway's RSS with {CLIENTS} clients", unit="MB", samples=[connected]),
        Figure(name=f"the same, {RATE} events/s to all", unit="MB", samples=[busy], reach=250),
        Figure(name="the same, as many events as it takes", unit="MB", samples=[most], reach=250),
        Figure(name=f"events/s to {CLIENTS} clients", unit="events/s", samples=[ours]),
        Figure(name=f"events/s to {CLIENTS} clients, bare emit loop", unit="events/s", samples=[bare]),
        Figure(name="the one as a multiple of the other", unit="x", samples=[ours / bare], reach=0.8, at_least=True),
    ]


async def _steady(nc: Client, log: Log, crowd: "Crowd") -> list[float]:
    begin, count = time.monotonic(), int(RATE * SECONDS)
    for number in range(count):
        await asyncio.sleep(max(0.0, begin + number / RATE - time.monotonic()))
        await append(nc, log.ask("cancel"), CancelAsked(by="ada", reason=REASON))
    told = await crowd.got(count)
    return [latency * 1000 for latency in told["latencies"]]


async def _burst(nc: Client, log: Log, crowd: "Crowd") -> float:
    """Events a second, from the first one published until the last client has the last one."""
    payload = encode(CancelAsked(by="ada", reason=REASON))
    begin = time.time()
    for number in range(BURST):
        await nc.publish(log.ask("cancel"), payload)
        if number % 100 == 0:
            await nc.flush()
    told = await crowd.got(int(RATE * SECONDS) + BURST)
    return BURST / (told["at"] - begin)


async def _bare_burst() -> float:
    async with spawned(str(HERE / "bare_socketio.py")) as server:
        port = int(await _line(server))
        async with clients(f"http://127.0.0.1:{port}", CLIENTS) as crowd:
            event = {"kind": "ask.cancel", "seq": 1, "time": "2026-01-01T00:00:00.000000000Z", "run": new_id()}
            event |= {"pool": "", "step": "", "by": "ada", "reason": REASON}
            begin = time.time()
            await _say(server, f"{BARE_BURST} {json.dumps(event)}")
            told = await crowd.got(BARE_BURST)
            return BARE_BURST / float(told["at"] - begin)


class Crowd:
    def __init__(self, process: Process) -> None:
        self._process = process

    async def got(self, events: int) -> dict[str, Any]:
        """Once every client has got so many in all: when, and the latencies of a sample since it was last asked."""
        await _say(self._process, str(events))
        told: dict[str, Any] = json.loads(await _line(self._process))
        assert told["events"] == events, f"a client got {told['events']} events, not {events}"
        return told


@contextlib.asynccontextmanager
async def clients(url: str, count: int, subscribe: str = "") -> AsyncIterator[Crowd]:
    async with spawned(str(HERE / "websockets.py"), url, str(count), subscribe) as process:
        assert json.loads(await _line(process)) == {"connected": count}
        yield Crowd(process)


@contextlib.asynccontextmanager
async def running_gateway(settings: Settings) -> AsyncIterator[tuple[Process, str]]:
    """A gateway of its own, and its address."""
    port_file = Path(settings.data_dir) / "port"
    ready, told = os.pipe()
    env = os.environ | settings_as_variables(settings)
    env |= {"MYCODER_READY_FD": str(told), "MYCODER_PORT_FILE": str(port_file)}
    try:
        async with spawned("-m", "mycoderai.gateway.app", "--port", "0", env=env, pass_fds=(told,)) as process:
            os.close(told)
            await asyncio.to_thread(os.read, ready, 6)
            yield process, port_file.read_text().strip()
    finally:
        os.close(ready)


@contextlib.asynccontextmanager
async def spawned(*arguments: str, **options: Any) -> AsyncIterator[Process]:
    """A Python process, killed in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=1 << 26, **options
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _say(process: Process, line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def _line(process: Process) -> str:
    assert process.stdout
    async with asyncio.timeout(WITHIN_S):
        return (await process.stdout.readline()).decode()


def rss_mb(process: Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def percentile(values: list[float], percent: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]
