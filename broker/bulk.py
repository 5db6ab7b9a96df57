"""A connection whose batches of replies are taken as they come in.

The client library makes a dictionary, a message and a wake-up of each reply, which takes longer than storing it. Here
a reader may take the replies of one subscription itself; everything else goes the library's way.
"""

import asyncio
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.subscription import Subscription

Take = Callable[[dict[str, str], bytes], None]
_VERSION = "NATS/1.0"


class BulkClient(Client):
    def __init__(self) -> None:
        super().__init__()
        self._taking: dict[int, Take] = {}

    def take(self, subscription: Subscription, take: Take) -> None:
        """Call `take` with the headers and the payload of what the subscription receives, instead of its own callback.
        It must not raise."""
        self._taking[subscription._id] = take

    def take_no_more(self, subscription: Subscription) -> None:
        self._taking.pop(subscription._id, None)

    async def _process_pong(self) -> None:
        # The library ends its read loop, for good, when nobody waits any more for the answer to a flush.
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        take = self._taking.get(sid)
        if take is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(parse_headers(headers or b""), data)


def parse_headers(block: bytes) -> dict[str, str]:
    """The headers by name; what stands in the first line, `NATS/1.0 204 EOB`, as `Status`."""
    first, *lines = block.decode("utf-8", "replace").split("\r\n")
    headers = {name: value.strip() for name, separator, value in (line.partition(":") for line in lines) if separator}
    if status := first.removeprefix(_VERSION).strip()[:3]:
        headers["Status"] = status
    return headers
