"""Streams and consumers: declared once here, made and corrected on every start.

`COMMANDS` is derived: the server itself copies the events that call for work out of the event streams, so an
event and the command it causes cannot disagree. nats-py has no field for several transforms per source, so the
requests are plain JSON.
"""

import json
from collections.abc import Iterator
from typing import Any

from nats.aio.client import Client

from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import ARTIFACTS, BUDGET, COMMANDS, DEAD, MEMORY, MEMORY_COPIES, ORCHESTRATOR, stream_of

GIB = 1 << 30
ACK_WAIT_S = 10
"""A delivery whose worker shows no progress for this long goes to another worker."""
MAX_DELIVER = 20
"""A backstop only: the step's own log counts attempts."""
ACCOUNT_DAYS = 30
"""How long an account nobody touches is kept; one asked for later is made again from the events."""

_TO_COMMANDS = (
    ("evt.*.*.run.submitted", "cmd.orchestrator.{{wildcard(2)}}.submitted"),
    ("evt.*.*.ask.*", "cmd.orchestrator.{{wildcard(2)}}.{{wildcard(3)}}"),
    ("evt.*.*.step.*.*.done", "cmd.orchestrator.{{wildcard(2)}}.done"),
    ("evt.*.*.step.*.*.failed", "cmd.orchestrator.{{wildcard(2)}}.failed"),
    ("evt.*.*.step.*.*.waiting", "cmd.orchestrator.{{wildcard(2)}}.waiting"),
    ("evt.*.*.ready.*.*", "cmd.{{wildcard(3)}}.{{wildcard(2)}}.{{wildcard(4)}}"),
)


def streams(settings: Settings) -> Iterator[dict[str, Any]]:
    """The declared configuration of every stream, as the server's API takes it."""
    for shard in range(settings.shards):
        yield _stream(
            stream_of(shard),
            subjects=[f"evt.{shard}.>"],
            max_bytes=4 * GIB,
            republish={"src": f"evt.{shard}.>", "dest": f"log.{shard}.>"},
            compression="s2",
        )
    yield _stream(
        COMMANDS,
        retention="workqueue",
        max_bytes=GIB // 2,
        persist_mode="async",
        sources=[
            {
                "name": stream_of(shard),
                "subject_transforms": [{"src": src, "dest": dest} for src, dest in _TO_COMMANDS],
            }
            for shard in range(settings.shards)
        ],
    )
    yield _stream(MEMORY, subjects=["mem.>"], max_bytes=GIB, republish={"src": "mem.>", "dest": MEMORY_COPIES})
    yield _stream(DEAD, subjects=["dead.>"], max_bytes=GIB // 4)
    yield _stream(
        BUDGET,
        subjects=["budget.>"],
        max_msgs_per_subject=1,
        max_age=ACCOUNT_DAYS * 86_400 * 10**9,
        max_bytes=GIB // 8,
        discard="old",  # derived: the oldest account makes room, and is made again from the events
    )
    yield _stream(
        ARTIFACTS,
        subjects=["$O.artifacts.C.>", "$O.artifacts.M.>"],
        max_bytes=8 * GIB,
        allow_rollup_hdrs=True,
    )


def store_bytes(settings: Settings) -> int:
    """What the streams may use together; the server reserves it."""
    return sum(int(config["max_bytes"]) for config in streams(settings)) + GIB


def consumers(settings: Settings) -> Iterator[dict[str, Any]]:
    """One durable consumer per pool; any number of workers pull from it."""
    for pool in (ORCHESTRATOR, *settings.all_pools):
        yield {
            "durable_name": pool,
            "filter_subject": f"cmd.{pool}.>",
            "ack_policy": "explicit",
            "ack_wait": ACK_WAIT_S * 10**9,
            "max_deliver": MAX_DELIVER,
            "max_ack_pending": 10_000,
            "max_waiting": 1_000,
        }


async def assert_topology(nc: Client, settings: Settings) -> None:
    """Make or correct every stream and consumer. Raises MycoderError with the server's reason."""
    for config in streams(settings):
        name = config["name"]
        existing = await _api(nc, f"STREAM.INFO.{name}", {}, missing_ok=True)
        if existing is None:
            await _api(nc, f"STREAM.CREATE.{name}", config)
        elif _differs(config, existing["config"]):
            await _api(nc, f"STREAM.UPDATE.{name}", existing["config"] | config)
    for config in consumers(settings):
        name = config["durable_name"]
        await _api(nc, f"CONSUMER.CREATE.{COMMANDS}.{name}", {"stream_name": COMMANDS, "config": config})


async def drift(nc: Client, settings: Settings) -> list[str]:
    """Names of streams and consumers that are missing or differ from the declaration."""
    wrong = []
    for config in streams(settings):
        existing = await _api(nc, f"STREAM.INFO.{config['name']}", {}, missing_ok=True)
        if existing is None or _differs(config, existing["config"]):
            wrong.append(config["name"])
    for config in consumers(settings):
        name = config["durable_name"]
        existing = await _api(nc, f"CONSUMER.INFO.{COMMANDS}.{name}", {}, missing_ok=True)
        if existing is None or _differs(config, existing["config"]):
            wrong.append(f"{COMMANDS}/{name}")
    return wrong


def _stream(name: str, **extra: Any) -> dict[str, Any]:
    # discard new: a full stream refuses, and says so, instead of forgetting.
    return {
        "name": name,
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "num_replicas": 1,
        "allow_direct": True,
    } | extra


def _differs(declared: dict[str, Any], existing: dict[str, Any]) -> bool:
    return any(not _same(value, existing.get(key)) for key, value in declared.items())


def _same(declared: Any, existing: Any) -> bool:
    if isinstance(declared, dict) and isinstance(existing, dict):
        return not _differs(declared, existing)
    if isinstance(declared, list) and isinstance(existing, list):
        return len(declared) == len(existing) and all(map(_same, declared, existing))
    return bool(declared == existing)


async def _api(nc: Client, verb: str, body: dict[str, Any], *, missing_ok: bool = False) -> dict[str, Any] | None:
    reply = await nc.request(f"$JS.API.{verb}", json.dumps(body).encode(), timeout=10)
    answer: dict[str, Any] = json.loads(reply.data)
    error = answer.get("error")
    if not error:
        return answer
    if missing_ok and error.get("code") == 404:
        return None
    raise MycoderError(f"the broker refused {verb}: {error.get('description')} ({error.get('err_code')})")
