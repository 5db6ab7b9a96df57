"""How long the queues are, as the broker accounts for it: what an autoscaler acts on."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from mycoderai.broker.api import look_up
from mycoderai.broker.log import read
from mycoderai.broker.metrics import (
    QUEUE_IN_FLIGHT,
    QUEUE_LAG,
    QUEUE_OLDEST,
    QUEUE_PENDING,
    QUEUE_REDELIVERED,
    QUEUE_UP,
    Metric,
    Row,
    Rows,
)
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.subjects import COMMANDS

KEPT_S = 5.0
"""However often somebody asks, the broker is asked no more often than this."""


async def queue_rows(pools: Mapping[str, Client]) -> Rows:
    """Of each pool, asked on a connection that may ask. One that is missing, or of which the broker does not tell,
    is not up and has no lag: not even none."""
    return merged(await asyncio.gather(*(_look(nc, pool) for pool, nc in pools.items())))


def merged(parts: Iterable[Rows]) -> Rows:
    rows: Rows = {}
    for part in parts:
        for name, more in part.items():
            rows.setdefault(name, []).extend(more)
    return rows


def values(label: Iterable[str], told: Mapping[Metric, float]) -> Rows:
    """Values that have the same labels."""
    return {metric.name: [Row(tuple(label), (float(value),))] for metric, value in told.items()}


async def _look(nc: Client, pool: str) -> Rows:
    try:
        info = await look_up(nc, f"CONSUMER.INFO.{COMMANDS}.{pool}")
        told = {QUEUE_UP: 0.0} if info is None else await _standing(nc, pool, info)
    except MycoderError:
        told = {QUEUE_UP: 0.0}
    return values([pool], told)


async def _standing(nc: Client, pool: str, info: Mapping[str, Any]) -> dict[Metric, float]:
    pending, in_flight = info["num_pending"], info["num_ack_pending"]
    return {
        QUEUE_UP: 1,
        QUEUE_PENDING: pending,
        QUEUE_IN_FLIGHT: in_flight,
        QUEUE_LAG: pending + in_flight,
        QUEUE_REDELIVERED: info["num_redelivered"],
        QUEUE_OLDEST: await _oldest(nc, pool, info) if pending + in_flight else 0,
    }


async def _oldest(nc: Client, pool: str, info: Mapping[str, Any]) -> float:
    """Age of the first command that is still stored: one that was ended is not."""
    first = await read(nc, COMMANDS, f"cmd.{pool}.>", info["ack_floor"]["stream_seq"], limit=1)
    return max(0.0, time.time() - datetime.fromisoformat(first[0].time).timestamp()) if first else 0.0
