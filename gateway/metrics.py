"""The whole fleet's metrics on one page: what the broker knows of queues and streams, and what each process tells."""

import asyncio
from collections import Counter

from nats.aio.client import Client

from mycoderai.broker.api import look_up
from mycoderai.broker.drift import closed_reason
from mycoderai.broker.kept import Kept
from mycoderai.broker.metrics import (
    ADMISSION_OPEN,
    DEAD_LETTERS,
    STREAM_BYTES,
    STREAM_BYTES_LIMIT,
    STREAM_MESSAGES,
    STREAM_UP,
    WORKERS,
    Row,
    Rows,
)
from mycoderai.broker.metrics_queue import KEPT_S, merged, queue_rows, values
from mycoderai.broker.metrics_text import exposition
from mycoderai.broker.report import Report, report
from mycoderai.broker.telling import gather
from mycoderai.broker.topology import streams
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import DEAD, EVENTS, ORCHESTRATOR


class FleetMetrics:
    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc = nc
        self._pools = dict.fromkeys((ORCHESTRATOR, *settings.all_pools), nc)
        self._streams = [config["name"] for config in streams(settings)]
        self._page = Kept(self._make, KEPT_S)

    async def text(self) -> str:
        """Of this moment, or of one within the last five seconds."""
        return await self._page.get()

    async def _make(self) -> str:
        told, queues, sizes = await asyncio.gather(gather(self._nc), queue_rows(self._pools), self._sizes())
        reports = [*told, report(("gateway",))]
        return exposition(merged((queues, sizes, workers(reports))), reports)

    async def _sizes(self) -> Rows:
        return merged(await asyncio.gather(*map(self._stream, self._streams)))

    async def _stream(self, name: str) -> Rows:
        try:
            info = await look_up(self._nc, f"STREAM.INFO.{name}")
        except MycoderError:
            info = None
        if info is None:
            return values([name], {STREAM_UP: 0})
        config, state = info["config"], info["state"]
        size = {
            STREAM_BYTES: state["bytes"],
            STREAM_BYTES_LIMIT: config["max_bytes"],
            STREAM_MESSAGES: state["messages"],
        }
        rows = values([name], {STREAM_UP: 1, **size})
        if name == DEAD:
            rows |= values([], {DEAD_LETTERS: state["messages"]})
        if name == EVENTS:
            rows |= values([], {ADMISSION_OPEN: not closed_reason(config)})
        return rows


def workers(reports: list[Report]) -> Rows:
    counted = Counter(role for one in reports for role in one.roles)
    return {WORKERS.name: [Row((role,), (float(count),)) for role, count in sorted(counted.items())]}
