"""A gateway from the start of its process to its word that it is ready, where broker and memory run."""

import asyncio
import time
from collections.abc import Iterator

from figure import Figure
from gateway_clients import rss_mb, running_gateway
from harness import scratch

from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.settings import Settings

TIMES = 9


def measure() -> Iterator[Figure]:
    started, held = asyncio.run(_measure())
    yield Figure(name="gateway's start to ready", unit="s", samples=started, reach=0.7)
    yield Figure(name="gateway's RSS when ready", unit="MB", samples=held, reach=80)


async def _measure() -> tuple[list[float], list[float]]:
    started, held = list[float](), list[float]()
    with scratch() as data:
        async with Fleet(Settings(data_dir=str(data), durability="process"), ("memory",)) as fleet:
            for _ in range(TIMES):
                begun = time.monotonic()
                async with running_gateway(fleet.settings) as (gateway, _url):
                    started.append(time.monotonic() - begun)
                    held.append(rss_mb(gateway))
    return started, held
