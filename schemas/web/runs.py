"""Submitting, listing and reading runs over HTTP."""

from typing import Annotated, Any, Literal

import msgspec

from mycoderai.schemas.events import ApprovalMode, Limits
from mycoderai.schemas.execution import Policy, Repository
from mycoderai.schemas.memory import AttemptLine, RunLine, StepLine
from mycoderai.schemas.plan import StepSpec

LAST_SEQUENCE = 1 << 53
"""No log gets there, and every JSON reader can count so far."""
Sequence = Annotated[int, msgspec.Meta(ge=0, le=LAST_SEQUENCE)]
"""A place in a log."""


class CloneFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A repository an executor may clone, as far as the setting `clone_from` allows."""

    url: str
    ref: str = ""
    """Branch, tag or commit; empty: its HEAD."""


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ref: str = ""
    """Branch, tag or whole ref of the bundle; empty: its HEAD, or the only branch there is."""


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that was uploaded as a git bundle. A submission of it repeats what has the same name there."""

    repository: Repository
    project: str = ""
    """Names the repository across runs: the first commit of its history."""
    roles: tuple[str, ...] = ()
    """Roles it brings along."""
    notes: tuple[str, ...] = ()
    """What was taken and what was not, for the person."""
    ref: str = ""
    """The ref of the bundle that was taken."""
    bytes: int
    """Of what was stored."""


class NewRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task. The fields that `run.submitted` has too mean the same."""

    id: str = ""
    """The run's id, made by the client: sent again with it, the answer is the same run. Empty: one is made."""
    task: str
    repository: Repository | None = None
    """As `POST /api/v1/repositories` answered it."""
    clone: CloneFrom | None = None
    """Instead of `repository`."""
    model: str = ""
    """Empty: the fleet's default."""
    fallbacks: tuple[str, ...] = ()
    role: str = ""
    """Empty: `planner`, or `coder` for a model that does everything by itself."""
    roles: tuple[str, ...] = ()
    """As the upload told them; of a clone they are found out."""
    approve: ApprovalMode = "auto"
    project: str = ""
    test_command: str = ""
    policy: Policy = Policy()
    limits: Limits = Limits()
    max_parallel: int = 4
    notes: tuple[str, ...] = ()
    """What the client assumed, such as the upload's notes."""


class NewDemo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A small repository with a bug, which the fleet brings along, to be fixed without any key."""

    id: str = ""


class Rerun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One control for doing things again; history stays as it is.

    `step`: another round of one failed step, in this run while it is unfinished, else in a new run that takes over the
    rest. `from`: a new run that begins anew at the step. `failed`: at whatever failed. `all`: a new run of the task.
    """

    id: str
    """Of a new run, or of the command: sent again, it is answered again."""
    scope: Literal["step", "from", "failed", "all"]
    step: str = ""
    turn: int = 0
    """With `from`: goes on after this turn."""
    task: str = ""
    """With `all` and `from`: other words; empty: the same."""
    model: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is stored: from here on it is the fleet's to finish."""

    run: str
    url: str
    """The page of it, beginning with `/`."""
    repeated: bool = False
    """It had been accepted before."""


class RunsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Filters of the list; several values of one are separated by commas and mean any of them."""

    status: str = ""
    """Of `submitted planned running waiting paused succeeded failed cancelled`."""
    model: str = ""
    role: str = ""
    by: str = ""
    text: str = ""
    """Words of the task, or the beginning of a run's id."""
    since: str = ""
    """RFC 3339: submitted at this time or later."""
    before: str = ""
    """A run's id: only runs submitted before it; the way to the next page."""
    limit: int = 50
    facets: bool = True


class TurnsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    step: str = ""
    """Empty: every step."""
    after: Sequence = 0
    """Sequence of the last turn of the page before."""
    limit: int = 50


class InboxQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: int = 100
    """At most 500."""


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    runs: tuple[RunLine, ...]
    more: bool = False
    facets: dict[str, dict[str, int]] = {}
    """For `status`, `model`, `role` and `by`: how many runs each value would list, all other filters as they are."""
    total: int = 0
    """How many the filters match."""
    fresh: bool = True


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the plan."""

    run: str
    steps: tuple[StepLine, ...]


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    run: str
    step: str
    attempts: tuple[AttemptLine, ...]


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a run's log: forward from `after`, or backward from `before`; neither: its end."""

    after: Annotated[int, msgspec.Meta(ge=-1, le=LAST_SEQUENCE)] = -1
    """Sequence; 0: from the beginning."""
    before: Sequence = 0
    limit: int = 200
    """At most 1,000, and about 8 MiB."""
    kinds: str = ""
    """Commas; `step.` means all that begin so."""
    step: str = ""
    text: str = ""
    """Only events whose stored message holds this text; letters of ASCII in whatever case."""


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in order, as Socket.IO's `event` has them."""

    events: tuple[dict[str, Any], ...]
    first_seq: int = 0
    """Everything from here …"""
    last_seq: int = 0
    """… to here was looked at: the next page goes on `before` the one or `after` the other. A page may be short, even
    empty, when filters let little through, or when what it holds is large."""
    more_before: bool = False
    more_after: bool = False
    total: int = 0
    """Messages of the whole log, about."""


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a run's log as it is stored."""

    seq: int
    time: str
    subject: str
    id: str = ""
    """Of the append, where it has one; that of a command among others."""
    event: Any = None
    """Its content; text where that is no JSON."""
    bytes: int


class PlanRevision(msgspec.Struct, frozen=True, kw_only=True):
    revision: int
    seq: int
    at: str
    reason: str = ""
    waits: bool = False
    steps: tuple[StepSpec, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Every revision, oldest first; the last one holds."""

    revision: int = 0
    revisions: tuple[PlanRevision, ...] = ()
    roles: tuple[str, ...] = ()
    """Pools that live workers take steps of."""
