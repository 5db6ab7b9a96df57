"""The packets on their way to one browser: a bounded queue, so that a slow reader slows only those who write to it.

Engine.IO's own queue is unbounded. With this one, `await sio.emit(…, to=sid)` returns when the packet has a place,
and a task that feeds a client advances as fast as the client reads.
"""

import asyncio
from typing import Any

PACKETS = 64


class Outbox(asyncio.Queue[Any]):
    def __init__(self) -> None:
        super().__init__(maxsize=PACKETS)

    async def put(self, item: Any) -> None:
        if item is None:
            # Engine.IO's end mark. The reader may be gone already; waiting for room would wait for ever.
            while not self.empty():
                self.get_nowait()
                self.task_done()
        await super().put(item)


def make_outbox(*args: object, **kwargs: object) -> Outbox:
    """In place of the Engine.IO server's `create_queue`."""
    return Outbox()
