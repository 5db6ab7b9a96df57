"""What the broker says of a stream memory is built from."""

import json
from collections.abc import Sequence

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.leader import is_replicated
from mycoderai.broker.log import read_page
from mycoderai.schemas.errors import BrokerUnreachable, TransientError
from mycoderai.workers.memory.gaps import Gap
from mycoderai.workers.memory.position import Position, StreamState, Verdict, compare

SERVERS_ASKED = 8
"""Of a cluster, any server answers a read; so many times a good one among three hardly fails to."""


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


async def still_missing(nc: Client, stream: str, found: Sequence[Gap]) -> list[Gap]:
    """Those of the gaps that are there when looked at again, without what was purged. Raises TransientError when
    another server of the cluster can read it: trying again helps, and the log says which sequence it was."""
    first_seq = (await stream_state(nc, stream)).first_seq if found else 0
    kept = [Gap(max(gap.first, first_seq), gap.last) for gap in found if gap.last >= first_seq]
    for gap in kept:
        for _ in range(SERVERS_ASKED if is_replicated(nc) else 1):
            page, _ = await read_page(nc, stream, gap.first - 1, limit=1)
            if page and page[0].seq <= gap.last:
                raise TransientError(f"{gap.told(stream)} on one server of the cluster; another one could")
    return kept
