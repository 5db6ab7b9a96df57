"""The command queue as the server accounts for it: what is stored, and what its consumers still know about."""

import json
from collections.abc import Mapping
from typing import Any

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.log import BATCH, Raw, read
from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.schemas.queue import Books, Standing
from mycoderai.schemas.subjects import COMMANDS


async def read_books(nc: Client) -> Books:
    """Two requests, one after the other: while work flows they cannot agree to the message."""
    stream = await _asked(nc, f"STREAM.INFO.{COMMANDS}", {})
    return Books(messages=stream["state"]["messages"], pools=await standings(nc))


async def delivered(nc: Client, pool: str, up_to: int) -> list[Raw]:
    """A pool's commands that are still stored, up to a sequence."""
    return await _commands(nc, f"cmd.{pool}.>", up_to)


async def without_pool(nc: Client, pools: Mapping[str, Standing]) -> list[Raw]:
    """Commands no consumer has a filter for."""
    subjects = (await _asked(nc, f"STREAM.INFO.{COMMANDS}", {"subjects_filter": "cmd.>"}))["state"].get("subjects")
    strays = sorted({subject.split(".")[1] for subject in subjects or ()} - pools.keys())
    return [command for pool in strays for command in await _commands(nc, f"cmd.{pool}.>")]


async def _commands(nc: Client, subject: str, up_to: int = 0) -> list[Raw]:
    found: list[Raw] = []
    while not up_to or not found or found[-1].seq < up_to:
        page = await read(nc, COMMANDS, subject, found[-1].seq if found else 0, limit=BATCH)
        if not page:
            break
        found += page
    return [command for command in found if not up_to or command.seq <= up_to]


async def standings(nc: Client) -> dict[str, Standing]:
    """Of every pool there is, in one request."""
    pools: dict[str, Standing] = {}
    while True:
        answer = await _asked(nc, f"CONSUMER.LIST.{COMMANDS}", {"offset": len(pools)})
        page = answer.get("consumers") or []
        pools |= {info["name"]: _standing(info) for info in page}
        if not page or len(pools) >= answer.get("total", 0):
            return pools


def _standing(info: Mapping[str, Any]) -> Standing:
    return Standing(
        pending=info["num_pending"],
        unacked=info["num_ack_pending"],
        delivered=info["delivered"]["stream_seq"],
        redelivered=info["num_redelivered"],
        ended=info["ack_floor"]["stream_seq"],
    )


async def _asked(nc: Client, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        reply = await nc.request(f"$JS.API.{verb}", json.dumps(body).encode(), timeout=5)
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker did not answer {verb}", "mycoder doctor") from err
    answer: dict[str, Any] = json.loads(reply.data)
    if error := answer.get("error"):
        raise BrokerUnreachable(f"the broker refused {verb}: {error.get('description')}")
    return answer
