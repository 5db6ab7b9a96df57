"""From an event's being stored to its being sent by the gateway and read by one client, one event at a time."""

import asyncio
import json
from collections.abc import Iterator

from figure import Figure
from gateway_clients import REASON, clients, running_gateway
from harness import scratch

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import CancelAsked, RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

EVENTS = 300
PAUSE_S = 0.02


def measure() -> Iterator[Figure]:
    samples = asyncio.run(_samples())
    yield Figure(name="event stored to read by a browser's socket", unit="ms", samples=samples, reach=5)


async def _samples() -> list[float]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability="process")
        async with Fleet(settings, ("memory",)) as fleet, running_gateway(fleet.settings) as (_, url):
            nc = await connect(fleet.settings, ADMIN)
            log = Log(new_id())
            begin = await append(
                nc, log.run_event("submitted"), RunSubmitted(task="be watched", role="noop"), expected=0
            )
            async with clients(url, 1, json.dumps({"run": log.run, "after_seq": begin})) as client:
                for _ in range(EVENTS):
                    await append(nc, log.ask("cancel"), CancelAsked(by="ada", reason=REASON))
                    await asyncio.sleep(PAUSE_S)
                told = await client.got(EVENTS)
            await nc.close()
            return [latency * 1000 for latency in told["latencies"]]
