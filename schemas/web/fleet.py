"""What the fleet consists of and what waits in it."""

import msgspec


class PoolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's queue and who takes from it."""

    pool: str
    workers: int
    slots: int
    used: int
    pending: int
    """Commands that wait."""
    in_flight: int
    redelivered: int
    oldest_s: float | None = None
    """Age of the oldest command that waits."""
    runs: tuple[str, ...] = ()
    """Some of the runs that wait for it when it has no worker."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    step: str


class WorkerLine(msgspec.Struct, frozen=True, kw_only=True):
    worker: str
    """Its name, as attempts carry it."""
    roles: tuple[str, ...]
    host: str = ""
    pid: int = 0
    version: str = ""
    started_at: str = ""
    seen_s: float = 0.0
    """Seconds since it was heard."""
    slots: int = 0
    holds: tuple[Holding, ...] = ()
    draining: bool = False
    rss_bytes: int = 0


class StreamLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    messages: int
    bytes: int
    max_bytes: int
    leader: str = ""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    pools: tuple[PoolLine, ...]
    workers: tuple[WorkerLine, ...]
    streams: tuple[StreamLine, ...]
    dead_letters: int = 0
    open: bool = True
    """New runs are accepted."""
    why_closed: str = ""
    durability: str = "power"
    notes: tuple[str, ...] = ()
    """Guarantees this fleet can't give, in plain words."""


class Drain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    draining: bool = True
    """False: take steps again."""
