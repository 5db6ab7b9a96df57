"""Requests to the server's JetStream API. nats-py has no field for some of what we declare, so they are plain JSON."""

import json
from typing import Any

import nats.errors
from nats.aio.client import Client

from mycoderai.schemas.errors import BrokerUnreachable, MycoderError

TIMEOUT_S = 5.0
_LEADERLESS = {10005, 10008, 10009}
Answer = dict[str, Any]


async def ask_api(nc: Client, verb: str, body: Answer | None = None) -> Answer:
    """Raises MycoderError with the server's reason, BrokerUnreachable when nobody answers or leads just now."""
    answer = await look_up(nc, verb, body)
    if answer is None:
        raise MycoderError(f"the broker refused {verb}: not found")
    return answer


async def look_up(nc: Client, verb: str, body: Answer | None = None) -> Answer | None:
    """The same, but None for what does not exist."""
    try:
        reply = await nc.request(f"$JS.API.{verb}", json.dumps(body or {}).encode(), timeout=TIMEOUT_S)
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker did not answer {verb}: {err}", "mycoder doctor") from err
    answer: Answer = json.loads(reply.data)
    error = answer.get("error")
    if not error:
        return answer
    if error.get("code") == 404:
        return None
    if error.get("err_code") in _LEADERLESS:
        raise BrokerUnreachable(f"the broker's cluster is not ready: {error.get('description')}", "mycoder doctor")
    raise MycoderError(f"the broker refused {verb}: {error.get('description')} ({error.get('err_code')})")
