"""Streams and consumers: declared once here; `verify` makes a broker what is declared.

`COMMANDS` is derived: the server itself copies the events that call for work out of the event streams, so an
event and the command it causes cannot disagree.
"""

from collections.abc import Iterator
from typing import Any

from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import (
    ACCESS,
    ARTIFACTS,
    AUDIT,
    BUDGET,
    COMMANDS,
    DEAD,
    MEMORY,
    MEMORY_COPIES,
    ORCHESTRATOR,
    stream_of,
)

GIB = 1 << 30
ACK_WAIT_S = 10
"""A delivery whose worker shows no progress for this long goes to another worker."""
MAX_DELIVER = 20
"""A backstop only: the step's own log counts attempts."""
ACCOUNT_DAYS = 30
"""How long an account nobody touches is kept; one asked for later is made again from the events."""
AUDIT_DAYS = 400
"""How long it is kept who gave which command, unless there are so many that they need the room."""
SHARDS = "mycoder.shards"
"""Stream metadata: over how many streams the runs were spread when it was made."""

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
            settings,
            metadata={SHARDS: str(settings.shards)},
            subjects=[f"evt.{shard}.>"],
            max_bytes=4 * GIB,
            republish={"src": f"evt.{shard}.>", "dest": f"log.{shard}.>"},
            compression="s2",
        )
    yield _stream(
        COMMANDS,
        settings,
        retention="workqueue",
        max_bytes=GIB // 2,
        # Derived, so it need not wait for the disk; the server offers that to unreplicated streams only.
        **({"persist_mode": "async"} if settings.replicas == 1 else {}),
        sources=[
            {
                "name": stream_of(shard),
                "subject_transforms": [{"src": src, "dest": dest} for src, dest in _TO_COMMANDS],
            }
            for shard in range(settings.shards)
        ],
    )
    yield _stream(
        MEMORY, settings, subjects=["mem.>"], max_bytes=GIB, republish={"src": "mem.>", "dest": MEMORY_COPIES}
    )
    yield _stream(DEAD, settings, subjects=["dead.>"], max_bytes=GIB // 4)
    yield _stream(
        BUDGET,
        settings,
        subjects=["budget.>"],
        max_msgs_per_subject=1,
        max_age=ACCOUNT_DAYS * 86_400 * 10**9,
        max_bytes=GIB // 8,
        discard="old",  # derived: the oldest account makes room, and is made again from the events
    )
    yield _stream(
        AUDIT,
        settings,
        subjects=["audit.>"],
        max_msgs_per_subject=1,
        max_age=AUDIT_DAYS * 86_400 * 10**9,
        max_bytes=GIB // 16,
        discard="old",  # a flood of commands must not shut the door to all others
    )
    yield _stream(
        ACCESS,
        settings,
        subjects=["access.>"],
        max_msgs_per_subject=1,
        max_bytes=GIB // 64,
        allow_msg_ttl=True,
    )
    yield _stream(
        ARTIFACTS,
        settings,
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
            "backoff": [],
        }


def _stream(name: str, settings: Settings, **extra: Any) -> dict[str, Any]:
    # discard new: a full stream refuses, and says so, instead of forgetting.
    return {
        "name": name,
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "num_replicas": settings.replicas,
        "allow_direct": True,
        # Nobody may set a bound that makes a stream forget.
        "max_age": 0,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
    } | extra
