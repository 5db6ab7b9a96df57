"""Asking the memory role, for what spans all runs."""

import json
from typing import TypeVar

import msgspec

from mycoderai.broker.request import call
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.session import Session
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.memory import Answer, Query
from mycoderai.schemas.subjects import MEMORY_QUERY, stream_of

Found = TypeVar("Found", bound=Answer)


async def from_memory(session: Session, query: Query, answer: type[Found]) -> Found:
    """The answer, showing at least what the log holds now. Raises an error when no memory worker serves."""
    query = msgspec.structs.replace(query, min_seq=await _last_seq(session))
    try:
        return await call(session.nc, MEMORY_QUERY, query, answer, timeout_s=15)
    except ServiceLost as err:
        raise CliError(
            "no memory worker answers", "mycoder worker --role memory", cause="the fleet runs without that role"
        ) from err


async def _last_seq(session: Session) -> int:
    reply = await session.nc.request(f"$JS.API.STREAM.INFO.{stream_of(0)}", b"", timeout=5)
    return int(json.loads(reply.data).get("state", {}).get("last_seq", 0))
