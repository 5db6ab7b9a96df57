"""What a process can say of itself: who it is, which commands it holds, what it can't promise, what its roles are."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Protocol
from weakref import WeakSet

import msgspec

from mycoderai.broker.metrics import Rows, own_rows, resident_bytes
from mycoderai.schemas.web.fleet import RoleCard


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A command at work."""

    run: str
    step: str
    since: float
    """Seconds since 1970."""


class AtPool(msgspec.Struct, frozen=True, kw_only=True):
    """What the process does for one pool."""

    pool: str
    slots: int
    holds: tuple[Held, ...] = ()
    draining: bool = False
    steps: bool = True
    """Whether it can be told to drain: its commands are steps."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is to hold beside who tells it and what it holds."""

    rows: bool = True
    roles: bool = False


COUNTED = Wanted()


class DrainAsked(msgspec.Struct, frozen=True, kw_only=True):
    worker: str
    draining: bool


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    worker: str
    """`host:pid`, as attempts carry it."""
    roles: tuple[str, ...]
    rows: Rows = {}
    host: str = ""
    pid: int = 0
    version: str = ""
    started_at: str = ""
    pools: tuple[AtPool, ...] = ()
    rss_bytes: float = 0.0
    notes: tuple[str, ...] = ()
    """What this process can't promise, in plain words."""
    cards: tuple[RoleCard, ...] = ()

    @property
    def draining(self) -> bool | None:
        """None: it takes no steps that it could stop taking."""
        drains = [pool.draining for pool in self.pools if pool.steps]
        return any(drains) if drains else None


class Taking(Protocol):
    """A loop that takes a pool's commands."""

    def tell(self) -> AtPool: ...

    def hold_back(self, draining: bool) -> None: ...


_taking: WeakSet[Taking] = WeakSet()
_notes: dict[str, tuple[str, ...]] = {}
_cards: list[Callable[[], Iterable[RoleCard]]] = []
_STARTED = datetime.fromtimestamp(time.time(), UTC).isoformat()


def takes(loop: Taking) -> None:
    """From now on the process tells what the loop holds."""
    _taking.add(loop)


def cannot_promise(role: str, notes: Iterable[str]) -> None:
    """What holds of this process while it plays the role."""
    _notes[role] = tuple(notes)


def describes(cards: Callable[[], Iterable[RoleCard]]) -> None:
    """Whom to ask for the roles of this process, when somebody wants them."""
    _cards.append(cards)


def drain(draining: bool) -> None:
    """Have every loop that takes steps take no more, or again."""
    for loop in _taking:
        if loop.tell().steps:
            loop.hold_back(draining)


def report(roles: tuple[str, ...], wanted: Wanted = COUNTED) -> Report:
    return Report(
        worker=this_process(),
        roles=roles,
        rows=own_rows() if wanted.rows else {},
        host=socket.gethostname(),
        pid=os.getpid(),
        version=_version(),
        started_at=_STARTED,
        pools=tuple(sorted((loop.tell() for loop in _taking), key=lambda told: told.pool)),
        rss_bytes=resident_bytes(),
        notes=tuple(note for role in sorted(_notes) for note in _notes[role]),
        cards=tuple(card for cards in _cards for card in cards()) if wanted.roles else (),
    )


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@cache
def _version() -> str:
    return version("mycoderai")
