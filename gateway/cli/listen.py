"""What models are writing right now, for the live tree: lossy, and nothing depends on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.gateway.view import RunView
from mycoderai.schemas.live import Said
from mycoderai.schemas.subjects import live


@asynccontextmanager
async def listening(nc: Client, view: RunView) -> AsyncIterator[None]:
    """While open, the steps of the view know what their models are saying."""

    async def on_delta(msg: Msg) -> None:
        step = view.steps.get(msg.subject.split(".")[2])
        with suppress(msgspec.DecodeError):
            if step:
                step.hear(msgspec.json.decode(msg.data, type=Said).text)

    subscription = await nc.subscribe(live(view.run, "*", "delta"), cb=on_delta)
    try:
        yield
    finally:
        with suppress(nats.errors.Error):
            await subscription.unsubscribe()
