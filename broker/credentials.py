"""One NATS user per role, with the subjects each may use: closed by default.

The table below is the whole of the fleet's access control. A role that is not named in a subject's line cannot
publish there, so a coder cannot write a tester's log and the command line cannot forge a worker's event.
Passwords are random, one file per role, readable by the owner alone.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mycoderai.broker.files import create_private
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.subjects import (
    ACCESS,
    ARTIFACTS,
    AUDIT,
    BUDGET,
    COMMANDS,
    DEAD,
    DRAIN_ASKED,
    EXEC_CLONE,
    MEMORY,
    MEMORY_COPIES,
    MEMORY_QUERY,
    METRICS_ASKED,
    METRICS_TOLD,
    ORCHESTRATOR,
    held_asked,
    held_told,
    memory_query,
    memory_write,
    metrics_told,
    stream_of,
)

ADMIN = "admin"
CLIENT = "client"
SERVICES = (ADMIN, CLIENT, ORCHESTRATOR, "executor", "model", "memory", "gateway")


class User(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    password: str


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions_of(role: str, shards: int) -> Permissions:
    """What a role may publish and subscribe to; a name that is no service is a pool of step workers."""
    streams = [stream_of(shard) for shard in range(shards)]
    read_log = [subject for stream in streams for subject in _direct_get(stream)]
    read_artifacts = list(_direct_get(ARTIFACTS))
    write_artifacts = ["$O.artifacts.>"]
    for_people = [
        "evt.*.*.run.submitted",
        "evt.*.*.ask.*",
        EXEC_CLONE,
        MEMORY_QUERY,
        memory_write(),
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.*",
        *_fleet_watch(),
        _delete_from(DEAD),
        *_direct_get(DEAD),
        *read_log,
        *read_artifacts,
        *write_artifacts,
    ]
    people_hear = ["log.>", "live.>", METRICS_TOLD]
    table: dict[str, tuple[list[str], list[str]]] = {
        ADMIN: ([">"], [">"]),
        CLIENT: (for_people, people_hear),
        "gateway": (
            [
                *for_people,
                "audit.*",
                "access.token.*",
                *_direct_get(AUDIT),
                *_direct_get(ACCESS),
                *_direct_get(BUDGET),
            ],
            people_hear,
        ),
        ORCHESTRATOR: (
            [
                "evt.*.*.run.planned",
                "evt.*.*.run.heard",
                "evt.*.*.run.finished",
                "evt.*.*.ready.>",
                "$JS.API.CONSUMER.NAMES.COMMANDS",
                *_worker_of(ORCHESTRATOR),
                *_sweeper(),
                *(f"$JS.API.STREAM.INFO.{stream}" for stream in streams),  # which runs are open
                *read_log,
            ],
            ["log.>", "$JS.ACK.COMMANDS.>", held_asked(ORCHESTRATOR)],
        ),
        "executor": (
            ["evt.*.*.proof.>", "live.>", *read_log, *read_artifacts, *write_artifacts],
            ["svc.exec.>", "log.*.*.run.finished"],
        ),
        "model": (
            ["evt.*.*.call.>", "budget.>", "live.>", *read_log, *_direct_get(BUDGET)],
            ["svc.model.>", "log.*.*.run.finished"],
        ),
        "memory": (
            [
                "mem.>",
                "dead.memory.>",
                "$JS.API.STREAM.INFO.*",
                *read_log,
                *_direct_get(MEMORY),
                *_direct_get(DEAD),
                *read_artifacts,
                *write_artifacts,
            ],
            ["svc.memory.>", "log.>", MEMORY_COPIES],
        ),
    }
    publish, subscribe = table.get(role) or _pool(role, read_log)
    if role not in (ADMIN, CLIENT, "gateway"):
        publish, subscribe = [*publish, metrics_told(role)], [*subscribe, METRICS_ASKED, DRAIN_ASKED]
    if role in ("executor", "model", "memory"):
        publish = [*publish, "_INBOX.>"]  # where those who asked wait for the answer
    return Permissions(publish=tuple(publish), subscribe=(*subscribe, f"_INBOX.{role}.>"))


def _pool(pool: str, read_log: list[str]) -> tuple[list[str], list[str]]:
    publish = [
        f"evt.*.*.step.{pool}.>",
        "svc.exec.>",
        "svc.model.>",
        memory_query(pool),
        memory_write(pool),
        "live.>",
        "$JS.API.CONSUMER.NAMES.COMMANDS",  # which pools a plan may count on
        *_worker_of(pool),
        *read_log,
    ]
    heard = ["log.*.*.run.finished", "log.*.*.run.planned", "log.*.*.run.heard", "log.*.*.ask.>"]
    return publish, [*heard, held_asked(pool)]


def _worker_of(pool: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{pool}",
        f"$JS.ACK.{COMMANDS}.{pool}.>",
        f"dead.{pool}.>",
        held_told(pool),
        *_queue_lengths(pool),
    ]


def _queue_lengths(pool: str = "*") -> list[str]:
    """How many commands wait, and since when. Commands are copies of events, which everybody who may ask this reads."""
    return [f"$JS.API.CONSUMER.INFO.{COMMANDS}.{pool}", *_direct_get(COMMANDS)]


def _fleet_watch() -> list[str]:
    """Seeing what waits and who is there, and telling a worker to take no more steps."""
    return [METRICS_ASKED, DRAIN_ASKED, f"$JS.API.CONSUMER.LIST.{COMMANDS}", *_queue_lengths()]


def _sweeper() -> list[str]:
    """Finding commands that the broker has given up, and putting them away."""
    return [
        "dead.>",
        f"$JS.API.STREAM.INFO.{COMMANDS}",
        f"$JS.API.CONSUMER.LIST.{COMMANDS}",
        *_direct_get(DEAD),
        _delete_from(COMMANDS),
        _delete_from(DEAD),
    ]


def _delete_from(stream: str) -> str:
    return f"$JS.API.STREAM.MSG.DELETE.{stream}"


def _direct_get(stream: str) -> tuple[str, str, str]:
    """Reading, from any replica and from the leader."""
    return f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.>", f"$JS.API.STREAM.MSG.GET.{stream}"


def ensure_users(folder: Path, roles: Iterable[str]) -> list[User]:
    """The users of the roles; missing files are made, with mode 0600 in a folder of mode 0700."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    users = []
    for role in roles:
        path = folder / role
        if not path.exists():
            create_private(path, secrets.token_urlsafe(32))
        users.append(User(name=role, password=read_password(folder, role)))
    return users


def read_password(folder: Path, role: str) -> str:
    """Raises ConfigError when this host has no credentials for the role."""
    try:
        return (folder / role).read_text().strip()
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "the file holds no text"
        raise ConfigError(
            f"no credentials for role {role!r} in {folder}: {why}",
            "start the fleet on this host (`mycoder up`), or copy the role's file from the broker's host "
            "and name its folder in MYCODER_CREDENTIALS_DIR",
        ) from err
