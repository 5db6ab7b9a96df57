"""Requests to the server's JetStream API. nats-py has no field for some of what we declare, so they are plain JSON."""

import json
from typing import Any

from nats.aio.client import Client

from mycoderai.schemas.errors import MycoderError

TIMEOUT_S = 10.0
Answer = dict[str, Any]


async def ask_api(nc: Client, verb: str, body: Answer | None = None) -> Answer:
    """Raises MycoderError with the server's reason."""
    answer = await look_up(nc, verb, body)
    if answer is None:
        raise MycoderError(f"the broker refused {verb}: not found")
    return answer


async def look_up(nc: Client, verb: str, body: Answer | None = None) -> Answer | None:
    """The same, but None for what does not exist."""
    reply = await nc.request(f"$JS.API.{verb}", json.dumps(body or {}).encode(), timeout=TIMEOUT_S)
    answer: Answer = json.loads(reply.data)
    error = answer.get("error")
    if not error:
        return answer
    if error.get("code") == 404:
        return None
    raise MycoderError(f"the broker refused {verb}: {error.get('description')} ({error.get('err_code')})")
