"""Closing a broker to new runs while its disk is nearly full, and opening it again.

Closed, an event stream no longer holds the subject of submissions, whoever publishes there, and every stream may
grow by a bounded amount only, which is kept for the runs in progress. The reason stands in the streams' metadata.
"""

import json
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from mycoderai.broker.api import ask_api, look_up
from mycoderai.broker.drift import CLOSED, closed_reason
from mycoderai.broker.topology import streams
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import EVENTS

SUBMISSIONS = "evt.*.*.run.submitted"
INSUFFICIENT_RESOURCES = 10023
_IN_PROGRESS = ("run.planned", "run.heard", "run.finished", "ready.>", "step.>", "call.>", "proof.>", "ask.>")
"""What a log may still get, by the part of its subject after the run."""
Config = dict[str, Any]


async def why_closed(nc: Client) -> str:
    """Why no new runs are accepted; empty when they are."""
    info = await look_up(nc, f"STREAM.INFO.{EVENTS}")
    return closed_reason(info["config"]) if info else ""


async def close_admission(nc: Client, settings: Settings, reason: str, headroom: int) -> None:
    """headroom: bytes by which all streams together may still grow. Nothing that is stored is removed."""
    declared = list(streams(settings))
    for config in declared:
        if info := await look_up(nc, f"STREAM.INFO.{config['name']}"):
            room = info["state"]["bytes"] + headroom // len(declared)
            await ask_api(nc, f"STREAM.UPDATE.{config['name']}", closed(config, info["config"], reason, room))


async def open_admission(nc: Client, settings: Settings) -> None:
    for config in streams(settings):
        info = await look_up(nc, f"STREAM.INFO.{config['name']}")
        if info and closed_reason(info["config"]):
            await ask_api(nc, f"STREAM.UPDATE.{config['name']}", reopened(config, info["config"]))


async def refuse_submissions(nc: Client, reason: str) -> Subscription:
    """Answer submissions in the stream's place, so that whoever publishes one hears why it is not stored."""
    refusal = json.dumps({"error": {"code": 503, "err_code": INSUFFICIENT_RESOURCES, "description": reason}}).encode()

    async def refuse(msg: Msg) -> None:
        if msg.reply:
            await nc.publish(msg.reply, refusal)

    subscription = await nc.subscribe(SUBMISSIONS, cb=refuse)
    await nc.flush()  # from here on nobody's submission finds no answer
    return subscription


def closed(declared: Config, actual: Config, reason: str, max_bytes: int) -> Config:
    config = {**actual, "max_bytes": min(declared["max_bytes"], max_bytes)}
    config["metadata"] = {**(actual.get("metadata") or {}), CLOSED: reason}
    if declared["name"].startswith(EVENTS):
        log_of_a_run = declared["subjects"][0].removesuffix(">") + "*."
        config["subjects"] = [log_of_a_run + part for part in _IN_PROGRESS]
    return config


def reopened(declared: Config, actual: Config) -> Config:
    metadata = {key: value for key, value in (actual.get("metadata") or {}).items() if key != CLOSED}
    return {**actual, **declared, "metadata": metadata | declared.get("metadata", {})}
