"""Ten thousand connections to a gateway that takes five hundred browsers: each of the others is told why it is not let
in, and those inside go on getting their events."""

import asyncio
import json
import resource
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from figure import Figure
from gateway_clients import REASON, clients, percentile, rss_mb, running_gateway
from harness import scratch

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import append
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import CancelAsked, RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

INSIDE, MOST, CROWD = 400, 500, 10_000
AT_ONCE = 300
EVENTS, PAUSE_S = 200, 0.05
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
JOIN = b"\x81\x82\0\0\0\x0040"
ANSWERS_WITHIN_S = 30


def measure() -> Iterator[Figure]:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    answers, latencies, rss = asyncio.run(_measure())
    told = answers["too_many_clients"] + answers["too_many_connections"]
    share = 100 * told / (CROWD - answers["let in"])
    yield Figure(
        name=f"{CROWD} connections over the bound: told why", unit="%", samples=[share], reach=100, at_least=True
    )
    yield Figure(name="the same: p99 of events to those inside", unit="ms", samples=[percentile(latencies, 99)])
    yield Figure(name="the same: gateway's RSS", unit="MB", samples=[rss], reach=250)


async def _measure() -> tuple[Counter[str], list[float], float]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability="process", gateway_clients=MOST)
        async with Fleet(settings, ("memory",)) as fleet, running_gateway(fleet.settings) as (gateway, url):
            nc = await connect(fleet.settings, ADMIN)
            log = Log(new_id())
            begin = await append(
                nc, log.run_event("submitted"), RunSubmitted(task="be watched", role="noop"), expected=0
            )
            async with clients(url, INSIDE, json.dumps({"run": log.run, "after_seq": begin, "live": False})) as inside:
                knocking = asyncio.create_task(_knock_all(url))
                for _ in range(EVENTS):
                    await append(nc, log.ask("cancel"), CancelAsked(by="ada", reason=REASON))
                    await asyncio.sleep(PAUSE_S)
                answers = await knocking
                told = await inside.got(EVENTS)
            await nc.close()
            return answers, [latency * 1000 for latency in told["latencies"]], rss_mb(gateway)


async def _knock_all(url: str) -> Counter[str]:
    at_once, held = asyncio.Semaphore(AT_ONCE), list[asyncio.StreamWriter]()

    async def knock() -> str:
        async with at_once:
            return await _knock(url, held)

    answers = Counter(await asyncio.gather(*(knock() for _ in range(CROWD))))
    for writer in held:
        writer.transport.abort()
    return answers


async def _knock(url: str, held: list[asyncio.StreamWriter]) -> str:
    """What becomes of one more connection, which is kept open if the gateway lets it."""
    address = urlsplit(url)
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            held.append(writer)
            writer.write(UPGRADE.format(address.netloc).encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " in answer:
                writer.write(JOIN)
            while not any(end in answer for end in (b"40{", b"44{", b'"error"')):
                answer = await reader.readuntil(b"}")
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return "no answer"
    for code in ("too_many_clients", "too_many_connections"):
        if code.encode() in answer:
            return code
    return "let in" if b"40{" in answer else "something else"
