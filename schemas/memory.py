"""What anybody may ask memory, and what it answers: requests on `svc.memory.query`.

Memory follows the log, so an answer shows the log up to a sequence. Who has just appended names that sequence in
`min_seq`; memory then waits for it, at most two seconds, and says in `fresh` whether it got there.
"""

from typing import Literal

import msgspec

from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import ApprovalMode, Fork, Limits, Question
from mycoderai.schemas.execution import ArtifactRef, Evidence, Policy, Repository, TestCounts, ToolResult
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.plan import Acceptance

RunStatus = Literal["submitted", "planned", "running", "succeeded", "failed", "cancelled"]
Held = Literal["paused", "waiting"]
StepState = Literal["pending", "ready", "running", "waiting", "done", "failed", "cancelled", "dropped"]
AttemptOutcome = Literal["running", "waiting", "done", "failed", "lost", "released", "cancelled"]


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of the requests."""

    shard: int = 0
    """The event stream `min_seq` counts in."""
    min_seq: int = 0


class ListRuns(Asked, frozen=True, kw_only=True, tag="list_runs"):
    """The newest runs first. Answered with Runs."""

    status: RunStatus | Held | None = None
    """A run that is held is listed as that alone."""
    statuses: tuple[RunStatus | Held, ...] = ()
    """As `status`, any of several."""
    models: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    """Who submitted them."""
    text: str = ""
    """Words of the task, or the beginning of a run's id."""
    since: str = ""
    """RFC 3339 in UTC, or the beginning of one: submitted at this time or later."""
    limit: int = 50
    """At most 500."""
    before: str = ""
    """A run's id: only runs submitted before it; the way to the next page."""
    facets: bool = False
    """Count what the filters match, too."""


class GetRun(Asked, frozen=True, kw_only=True, tag="get_run"):
    """Answered with RunDetail, or refused when no run or several runs match. What is told is the log up to `applied` of
    the shard asked about, no more and no less: the events that follow may be added to it."""

    run: str
    """An id, or the beginning of one when no other run's begins the same."""


class GetTurns(Asked, frozen=True, kw_only=True, tag="get_turns"):
    """What was said and done, in order. Answered with Turns."""

    run: str
    step: str = ""
    """Empty: every step. The beginning of an id is enough."""
    after: int = 0
    """Sequence of the last turn of the page before."""
    limit: int = 50


class Costs(Asked, frozen=True, kw_only=True, tag="costs"):
    """What the model calls used. Answered with CostTable."""

    run: str = ""
    """Empty: every run."""
    by: Literal["model", "run", "step", "day", "role"] = "model"
    since: str = ""
    """RFC 3339 in UTC, or the beginning of one such as `2026-01-31`."""


class ResolveRun(Asked, frozen=True, kw_only=True, tag="resolve_run"):
    """The full ids that begin so, at most twenty. Answered with RunIds; none is an answer too."""

    prefix: str


class Inbox(Asked, frozen=True, kw_only=True, tag="inbox"):
    """What waits for a person, in every run that has not ended, oldest first. Answered with OpenQuestions."""

    limit: int = 100
    """At most 500."""


class Stats(Asked, frozen=True, kw_only=True, tag="stats"):
    """Answered with MemoryStats."""


Query = ListRuns | GetRun | GetTurns | Costs | ResolveRun | Inbox | Stats


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of the answers."""

    applied: int = 0
    """Last sequence applied of the shard asked about."""
    fresh: bool = True
    """False: `min_seq` was not reached in time; the answer shows an earlier state."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What model calls used."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    """None when a call has no known price ("unpriced")."""
    known_usd: float = 0.0
    """The calls whose price is known."""
    unpriced: int = 0
    """Calls without a known price."""


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run at a glance. Times are RFC 3339 in UTC; an empty one has not come yet."""

    run: str
    shard: int
    task: str
    """In a list, the first 500 characters."""
    model: str
    role: str
    status: RunStatus
    held: Literal["", Held] = ""
    """Nothing more happens before a person says something: the run is paused, or waits for an answer."""
    submitted_at: str
    submitted_by: str = ""
    started_at: str = ""
    finished_at: str = ""
    failure: Failure | None = None
    branch: str = ""
    commit: str = ""
    tree: str = ""
    base_commit: str = ""
    summary: str = ""
    turns: int = 0
    spent: Spent = Spent()
    test_command: str = ""
    exit_code: int | None = None
    tests: TestCounts | None = None
    steps: int = 0
    """Those of the plan as it stands."""
    steps_done: int = 0


class AttemptLine(msgspec.Struct, frozen=True, kw_only=True):
    attempt: int
    round: int
    worker: str
    outcome: AttemptOutcome
    started_at: str
    ended_at: str = ""
    session: str = ""
    isolation: str = ""
    test_command: str = ""
    base_commit: str = ""
    notes: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    """What is in its prompt, and why."""


class Steered(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step changed its own course."""

    at: str
    attempt: int
    turn: int
    """The turn before which it took effect."""
    action: str
    reason: str
    to_turn: int = 0
    model: str = ""


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    role: str
    goal: str
    state: StepState
    needs: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    accept: Acceptance = Acceptance()
    revision: int = 1
    """Of the last plan it was in."""
    round: int = 0
    attempt: int = 0
    worker: str = ""
    ended_at: str = ""
    summary: str = ""
    failure: Failure | None = None
    commit: str = ""
    tree: str = ""
    evidence: str = ""
    turns: int = 0
    last_turn_at: str = ""
    tool_calls: dict[str, int] = {}
    """How often each tool was called."""
    spent: Spent = Spent()
    attempts: tuple[AttemptLine, ...] = ()
    steered: tuple[Steered, ...] = ()


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    at: str
    evidence: Evidence


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person asked of the run."""

    seq: int
    at: str
    what: str
    by: str = ""
    reason: str = ""
    """The words that came with it."""
    step: str = ""
    question: str = ""
    accepted: bool | None = None
    """None: the orchestrator has not said yet."""
    answer: str = ""
    """Why it was not accepted."""


class OpenQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person."""

    run: str
    step: str = ""
    """Empty: it is about the plan."""
    question: Question
    since: str
    task: str = ""
    """The beginning of the run's task."""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What the run was submitted with, beyond its line."""

    repository: Repository | None = None
    policy: Policy = Policy()
    limits: Limits = Limits()
    max_parallel: int = 4
    test_command: str = ""
    notes: tuple[str, ...] = ()
    approve: ApprovalMode = "auto"
    project: str = ""
    fork: Fork | None = None
    replay: str = ""


class TurnLine(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the agent loop."""

    seq: int
    step: str
    attempt: int
    turn: int
    at: str
    message: Message
    results: tuple[ToolResult, ...] = ()
    commit: str = ""
    tree: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    estimated: bool = False
    """The provider's own count was missing or made no sense."""
    duration_s: float = 0.0


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    """The model, run, step, day (UTC) or role."""
    spent: Spent


class Runs(Answer, frozen=True, kw_only=True, tag="runs"):
    runs: tuple[RunLine, ...]
    more: bool = False
    total: int = 0
    """Runs that match on all pages; only with `facets`."""
    facets: dict[str, dict[str, int]] = {}
    """For `status`, `model`, `role` and `by`: how many runs each value would list, all other filters as they are."""


class RunDetail(Answer, frozen=True, kw_only=True, tag="run_detail"):
    run: RunLine
    submission: Submission
    bundle: ArtifactRef | None = None
    """Holds the commit, where there is one."""
    evidence: Evidence | None = None
    """What the run ended with."""
    proofs: tuple[Proof, ...] = ()
    """Everything executors recorded on the way."""
    steps: tuple[StepLine, ...] = ()
    asks: tuple[Ask, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    """What waits for a person."""
    revision: int = 0
    """Of the plan; 0: there is none yet."""


class OpenQuestions(Answer, frozen=True, kw_only=True, tag="open_questions"):
    questions: tuple[OpenQuestion, ...]


class Turns(Answer, frozen=True, kw_only=True, tag="turns"):
    run: str
    turns: tuple[TurnLine, ...]
    more: bool = False


class CostTable(Answer, frozen=True, kw_only=True, tag="cost_table"):
    lines: tuple[CostLine, ...]
    total: Spent


class RunIds(Answer, frozen=True, kw_only=True, tag="run_ids"):
    runs: tuple[str, ...]


class MemoryStats(Answer, frozen=True, kw_only=True, tag="memory_stats"):
    runs: dict[str, int]
    """Runs by status."""
    positions: dict[str, int]
    """Last applied sequence by stream."""
    rows: dict[str, int]
    """Rows by table."""
    dead_unpublished: int
    """Messages set aside whose dead letter the broker did not take."""
    file_bytes: int
    schema_version: int


AnyAnswer = Runs | RunDetail | Turns | CostTable | RunIds | OpenQuestions | MemoryStats
