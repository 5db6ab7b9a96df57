"""The events of a run: what happened, in the past tense. The list is public; docs/messages.md is made from it.

The subject says which run and step an event belongs to (see subjects.py), so the payload does not repeat it.
"""

import msgspec

from mycoderai.schemas.chat import Message, Usage
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Evidence, Policy, Repository, ToolResult
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.subjects import EventSubject

SCHEMA_VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    v: int = SCHEMA_VERSION
    """Schema version of this payload. A reader refuses a version newer than its own."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a run may use. Each is enforced (invariant I11)."""

    minutes: float = 5.0
    """Working time of one step."""
    turns: int = 200
    """Model calls of one step."""
    usd: float | None = None
    """Money, over the whole run; None is no limit."""
    attempts: int = 5
    """Attempts of one step, counting those lost to crashes."""


class RunSubmitted(Event, frozen=True, kw_only=True, tag="run.submitted"):
    """Somebody asked for work. Publishing this one message starts a run."""

    task: str
    repository: Repository | None = None
    """None only for step handlers that need no code, such as `noop`."""
    model: str = "offline/repair"
    role: str = "coder"
    """The pool that gets the work."""
    test_command: str = ""
    """Empty: the executor finds out."""
    policy: Policy = Policy()
    limits: Limits = Limits()
    max_parallel: int = 4
    submitted_by: str = ""
    notes: tuple[str, ...] = ()
    """What the client assumed, such as uncommitted changes left out."""


class StepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the plan."""

    id: str
    role: str
    goal: str
    needs: tuple[str, ...] = ()


class RunPlanned(Event, frozen=True, kw_only=True, tag="run.planned"):
    revision: int = 1
    steps: tuple[StepSpec, ...]


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """The end of a run; nothing follows it."""

    status: str
    """`succeeded`, `failed` or `cancelled`."""
    failure: Failure | None = None
    branch: str = ""
    result: Checkpoint | None = None
    """The commit the person gets, and the bundle that holds it."""
    base_commit: str = ""
    evidence: Evidence | None = None
    summary: str = ""
    turns: int = 0
    cost_usd: float | None = 0.0


class StepReady(Event, frozen=True, kw_only=True, tag="step.ready"):
    """The step may start. The server copies this event into the pool's queue: it is the command too."""

    round: int = 1
    """Counts how often the step was made ready; a retry after a failure is a new round."""
    spec: StepSpec
    submission: RunSubmitted
    base: Checkpoint | None = None
    """What the step builds on, when a step it needs has changed the code."""


class StepStarted(Event, frozen=True, kw_only=True, tag="step.started"):
    """An attempt took the step; every earlier attempt is fenced off from here on."""

    attempt: int
    round: int = 1
    worker: str


class StepOpened(Event, frozen=True, kw_only=True, tag="step.opened"):
    """The attempt has an execution session."""

    attempt: int
    session: str
    base: Checkpoint
    test_command: str = ""
    isolation: str = ""
    notes: tuple[str, ...] = ()


class StepTurn(Event, frozen=True, kw_only=True, tag="step.turn"):
    """One turn of the agent loop: the model's message, what its tool calls returned, where the code stands."""

    attempt: int
    turn: int
    message: Message
    results: tuple[ToolResult, ...] = ()
    usage: Usage = Usage()
    checkpoint: Checkpoint
    duration_s: float = 0.0


class StepDone(Event, frozen=True, kw_only=True, tag="step.done"):
    attempt: int
    summary: str = ""
    result: Checkpoint | None = None
    evidence: str = ""
    """Id of the evidence an executor recorded for this very tree."""


class StepFailed(Event, frozen=True, kw_only=True, tag="step.failed"):
    attempt: int
    failure: Failure


class ModelAnswered(Event, frozen=True, kw_only=True, tag="model.answered"):
    """A model's answer, stored before it is given, so that a repeated request costs nothing."""

    call: str
    model: str
    message: Message
    finish_reason: str
    usage: Usage


class EvidenceRecorded(Event, frozen=True, kw_only=True, tag="evidence.recorded"):
    evidence: Evidence


class CancelAsked(Event, frozen=True, kw_only=True, tag="ask.cancel"):
    by: str = ""
    reason: str = ""


AnyEvent = (
    RunSubmitted
    | RunPlanned
    | RunFinished
    | StepReady
    | StepStarted
    | StepOpened
    | StepTurn
    | StepDone
    | StepFailed
    | ModelAnswered
    | EvidenceRecorded
    | CancelAsked
)

_FAMILIES: dict[str, dict[str, type[Event]]] = {
    "run": {"submitted": RunSubmitted, "planned": RunPlanned, "finished": RunFinished},
    "ready": {"ready": StepReady},
    "step": {
        "started": StepStarted,
        "opened": StepOpened,
        "turn": StepTurn,
        "done": StepDone,
        "failed": StepFailed,
    },
    "ask": {"cancel": CancelAsked},
}
_BY_ID: dict[str, type[Event]] = {"call": ModelAnswered, "proof": EvidenceRecorded}

_decode = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader makes of a stored message that is no event: it decides nothing, but it is in the log and its
    sequence counts."""

    reason: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it stands in the log."""

    seq: int
    """Sequence in its event stream; grows along a run."""
    time: str
    """When the server stored it, RFC 3339."""
    subject: EventSubject
    event: AnyEvent | Unreadable


def encode(event: AnyEvent) -> bytes:
    return _encode(event)


def decode(payload: bytes, subject: EventSubject) -> AnyEvent:
    """The event in a payload. Raises MalformedMessage when it is none, is newer than this reader, or stands on
    a subject where its kind may not be: a writer allowed one subject cannot speak for another."""
    try:
        event: AnyEvent = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise MalformedMessage(f"not an event: {err}") from err
    if event.v > SCHEMA_VERSION:
        raise MalformedMessage(f"schema version {event.v}; this reader knows up to {SCHEMA_VERSION}")
    allowed = _BY_ID.get(subject.family) or _FAMILIES[subject.family].get(subject.type)
    if allowed is None or not isinstance(event, allowed):
        raise MalformedMessage(f"{event.__struct_config__.tag} does not belong on {subject.family}.{subject.type}")
    if isinstance(event, RunSubmitted):
        _check_submission(event)
    return event


def _check_submission(event: RunSubmitted) -> None:
    if not event.task.strip():
        raise MalformedMessage("the task is empty")
    if not is_token(event.role):
        raise MalformedMessage(f"role {event.role[:80]!r} is not a name (lower-case letters, digits, - and _)")
    if event.repository and not (event.repository.artifact or event.repository.path):
        raise MalformedMessage("the repository names neither an artifact nor a path")


__all__ = [
    "AnyEvent",
    "ArtifactRef",
    "CancelAsked",
    "Checkpoint",
    "Event",
    "EvidenceRecorded",
    "Limits",
    "ModelAnswered",
    "Recorded",
    "RunFinished",
    "RunPlanned",
    "RunSubmitted",
    "StepDone",
    "StepFailed",
    "StepOpened",
    "StepReady",
    "StepSpec",
    "StepStarted",
    "StepTurn",
    "Unreadable",
    "decode",
    "encode",
]
