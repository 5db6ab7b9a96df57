"""What the broker says of a stream memory is built from."""

import json

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.log import read_page
from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.workers.memory.position import Position, StreamState, Verdict, compare


async def examine(nc: Client, stream: str, position: Position) -> tuple[Verdict, StreamState]:
    """Whether the stream is the one the position is of. Raises BrokerUnreachable."""
    state = await stream_state(nc, stream)
    there = await _time_at(nc, stream, position.seq) if position.seq else None
    return compare(position, state, there), state


async def stream_state(nc: Client, stream: str) -> StreamState:
    """Raises BrokerUnreachable, also when the stream is not there yet."""
    try:
        reply = await nc.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=5)
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker says nothing about stream {stream}") from err
    info = json.loads(reply.data)
    if "error" in info:
        raise BrokerUnreachable(f"no stream {stream}: {info['error'].get('description')}")
    state = info["state"]
    return StreamState(created=info["created"], first_seq=state["first_seq"], last_seq=state["last_seq"])


async def _time_at(nc: Client, stream: str, seq: int) -> str | None:
    page, _ = await read_page(nc, stream, seq - 1, limit=1)
    return page[0].time if page and page[0].seq == seq else None
