"""A link that is slower than what is asked for over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from mycoderai.broker.connect import connect
from mycoderai.broker.log import BATCH_BYTES, read
from mycoderai.schemas.settings import Settings

BYTES_PER_S = 2 << 20
CHUNK = 64 << 10


@asynccontextmanager
async def slow_link(settings: Settings) -> AsyncIterator[Settings]:
    """The same broker, whose answers come at `BYTES_PER_S`."""
    broker = urlsplit(settings.nats_url)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause_s: float) -> None:
        while part := await reader.read(CHUNK):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s * len(part))
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(broker.hostname, broker.port, limit=CHUNK)
        await asyncio.gather(copy(reader, up_writer, 0), copy(up_reader, writer, 1 / BYTES_PER_S))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=CHUNK)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield msgspec.structs.replace(settings, nats_url=f"nats://127.0.0.1:{port}")


async def test_a_read_that_takes_longer_than_the_broker_may_be_silent_is_not_cut_off(start_fleet: Any) -> None:
    fleet = await start_fleet((), durability="process")
    admin = await fleet.connect("admin")
    payload = b"x" * (BATCH_BYTES // 10)
    for number in range(12):
        await admin.request(f"evt.0.r{number}.run.submitted", payload, timeout=20)
    async with slow_link(fleet.settings) as settings:
        nc = await connect(settings, "admin")
        nc.options["ping_interval"] = 0.8  # a silence of 2.4 s is taken for a dead broker; 8 MiB take 4 s
        await nc.flush()
        reading = asyncio.create_task(read(nc, "EVENTS", "evt.>", limit=11))
        assert [raw.data for raw in await reading] == [payload] * 11, "more than one batch, and no more than asked for"
        assert nc.stats["reconnects"] == 0
        await nc.close()
