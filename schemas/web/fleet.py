"""What the fleet consists of and what waits in it."""

import msgspec


class PoolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's queue and who takes from it."""

    pool: str
    workers: int
    """That take from it now; those that drain do not."""
    draining: int = 0
    slots: int
    used: int
    pending: int
    """Commands that wait."""
    in_flight: int
    redelivered: int
    oldest_s: float | None = None
    """Age of the oldest command that has not ended."""
    runs: tuple[str, ...] = ()
    """Some of the runs that wait for it while nobody takes from it."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A command at work."""

    pool: str
    run: str
    step: str = ""
    """Empty for what an orchestrator decides."""
    for_s: float = 0.0
    """How long it has been at work there."""


class WorkerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A process."""

    worker: str
    """Its name, `host:pid`, as attempts carry it."""
    roles: tuple[str, ...]
    host: str = ""
    pid: int = 0
    version: str = ""
    started_at: str = ""
    seen_s: float = 0.0
    """Seconds since it answered; one that is silent for 30 is listed no more."""
    slots: int = 0
    """Of all its pools together."""
    holds: tuple[Holding, ...] = ()
    draining: bool = False
    drains: bool = False
    """Whether it can be told to: it takes steps."""
    rss_bytes: int = 0


class StreamLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    messages: int
    bytes: int
    max_bytes: int
    replicas: int = 1
    leader: str = ""
    """In a cluster: the server that leads it."""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """As it was at `at`, at most a second ago."""

    at: str
    pools: tuple[PoolLine, ...]
    workers: tuple[WorkerLine, ...]
    streams: tuple[StreamLine, ...]
    missing: tuple[str, ...] = ()
    """Roles that every run needs and nobody plays."""
    dead_letters: int = 0
    open: bool = True
    """New runs are accepted."""
    why_closed: str = ""
    durability: str = "power"
    notes: tuple[str, ...] = ()
    """Guarantees this fleet can't give, in plain words."""


class Drain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A worker that drains takes no more steps and finishes those it has. It holds for the process: one that is
    started in its place takes steps again."""

    id: str
    draining: bool = True
    """False: take steps again."""


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """The worker as it answered."""

    id: str
    worker: WorkerLine


class RoleCard(msgspec.Struct, frozen=True, kw_only=True):
    """A role as the workers that play it have it; a repository may narrow it."""

    name: str
    description: str = ""
    tools: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """Globs of the files it may change; none: it only reads."""
    model: str = ""
    """Empty: the run's."""
    turns: int | None = None
    minutes: float | None = None
    budget_usd: float | None = None
    hand_in: str = ""
    """What its steps are accepted by, where the plan does not say."""
    approve: str = "auto"


class RoleLine(RoleCard, frozen=True, kw_only=True):
    """A role, and whether somebody plays it."""

    served: bool = True
    """A worker takes its steps now."""


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    roles: tuple[RoleLine, ...]


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """Names worth suggesting: the default, those in the settings, those that runs used, `offline/repair`."""

    default: str
    models: tuple[str, ...]
