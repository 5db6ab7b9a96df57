"""Reads that only a stream's leader answers.

In a cluster any replica answers a direct get, one that lags behind too. Where it matters that nothing is missing, the
leader has the last word: it holds everything whose append was confirmed.
"""

import base64
import json
from collections.abc import Mapping

import nats.errors
from nats.aio.client import Client

from mycoderai.schemas.errors import BrokerUnreachable

WITHIN_S = 5.0
Stored = tuple[dict[str, str], bytes]
"""Headers as a direct get has them, and the payload."""


def is_replicated(nc: Client) -> bool:
    """Whether the server belongs to a cluster, as it told when we connected."""
    return bool(nc._server_info.get("cluster"))


async def get_from_leader(nc: Client, stream: str, request: Mapping[str, object]) -> Stored | None:
    """One message, or None. Raises BrokerUnreachable, also while a leader is being elected."""
    try:
        reply = await nc.request(f"$JS.API.STREAM.MSG.GET.{stream}", json.dumps(request).encode(), timeout=WITHIN_S)
    except (nats.errors.TimeoutError, nats.errors.NoRespondersError, nats.errors.ConnectionClosedError) as err:
        raise BrokerUnreachable(f"nobody leads stream {stream} just now") from err
    answer = json.loads(reply.data)
    error = answer.get("error")
    if not error:
        return _stored(answer["message"])
    if error.get("code") == 404:
        return None
    raise BrokerUnreachable(f"reading {stream}: {error.get('description')}")


def _stored(message: Mapping[str, str | int]) -> Stored:
    lines = base64.b64decode(str(message.get("hdrs", ""))).decode(errors="replace").split("\r\n")[1:]
    headers = {name: value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
    headers |= {
        "Nats-Sequence": str(message["seq"]),
        "Nats-Subject": str(message["subject"]),
        "Nats-Time-Stamp": str(message["time"]),
    }
    return headers, base64.b64decode(str(message.get("data", "")))
