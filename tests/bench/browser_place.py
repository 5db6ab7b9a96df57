"""Where figures of the page are taken: a broker, memory, a gateway with the built page, and a browser. The runs are
written into the log by the benchmark; nobody else works on them."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from browser import chromium
from gateway_clients import running_gateway
from harness import Durability, scratch
from nats.aio.client import Client
from playwright.async_api import Browser

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.settings import Settings


@dataclasses.dataclass(frozen=True)
class Place:
    nc: Client
    url: str
    browser: Browser


@contextlib.asynccontextmanager
async def place(durability: Durability) -> AsyncIterator[Place]:
    with scratch() as data:
        settings = Settings(data_dir=str(data), durability=durability)
        async with (
            Fleet(settings, ("memory",)) as fleet,
            running_gateway(fleet.settings) as (_, url),
            chromium(data) as browser,
        ):
            nc = await connect(fleet.settings, ADMIN, name="bench")
            try:
                yield Place(nc, url, browser)
            finally:
                await nc.close()
