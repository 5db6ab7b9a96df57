"""The events of a run: what happened, in the past tense. The list is public; docs/messages.md is made from it.

The subject says which run and step an event belongs to (see subjects.py), so the payload does not repeat it.
"""

from typing import Literal

import msgspec

from mycoderai.schemas.chat import FinishReason, Message, Usage
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Evidence, Policy, Repository, ToolResult
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import EventSubject

SCHEMA_VERSION = 1
SUBMISSION_BYTES = 1 << 20
"""The most a submission may have: every ready step repeats it."""


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
    step_usd: float | None = None
    """Money, for each step; None is no limit but the run's."""
    attempts: int = 5
    """Attempts of one step, counting those lost to crashes and not those that were released."""


ApprovalMode = Literal["auto", "plan", "risky", "all"]


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run goes on from another one."""

    run: str
    step: str
    turn: int = 0
    """The last turn taken over; 0: the step begins anew."""
    shard: int = 0
    """The event stream that holds the other run."""


class RunSubmitted(Event, frozen=True, kw_only=True, tag="run.submitted"):
    """Somebody asked for work. Publishing this one message starts a run."""

    task: str
    repository: Repository | None = None
    """None only for step handlers that need no code, such as `noop`."""
    model: str = "offline/repair"
    fallbacks: tuple[str, ...] = ()
    """Models tried in order when the first cannot answer."""
    role: str = "coder"
    """The pool that gets the work; `planner` has it split into steps first."""
    roles: tuple[str, ...] = ()
    """Roles the repository brings along in `.mycoder/roles/`."""
    approve: ApprovalMode = "auto"
    """What waits for a person: nothing, the plan, risky commands too, or the plan and everything that changes."""
    project: str = ""
    """Names the repository across runs, for what memory keeps about it."""
    fork: Fork | None = None
    replay: str = ""
    """The run whose recorded answers play the model; it is in the same event stream."""
    at_s: int = 0
    """The time its commits carry, in seconds since 1970; 0: when it was submitted."""
    test_command: str = ""
    """Empty: the executor finds out."""
    policy: Policy = Policy()
    limits: Limits = Limits()
    max_parallel: int = 4
    submitted_by: str = ""
    notes: tuple[str, ...] = ()
    """What the client assumed, such as uncommitted changes left out."""


class TakenOver(msgspec.Struct, frozen=True, kw_only=True):
    """What another run has done already."""

    step: str
    result: Checkpoint | None = None
    evidence: Evidence | None = None
    summary: str = ""


class RunPlanned(Event, frozen=True, kw_only=True, tag="run.planned"):
    """The whole plan as it stands from here on; steps that are done are in it unchanged."""

    revision: int = 1
    steps: tuple[StepSpec, ...]
    reason: str = ""
    """Why it was revised."""
    taken_over: tuple[TakenOver, ...] = ()
    """Steps that are done because the run this one was forked from did them."""
    waits: bool = False
    """A person has to approve it, as question `plan-<revision>`, before anything more starts."""


class AskHeard(Event, frozen=True, kw_only=True, tag="run.heard"):
    """What became of something a person asked."""

    ask: int
    """Sequence of the ask."""
    accepted: bool
    reason: str = ""
    what: str = ""
    """Which verb it was; with the fields below, all that a step needs to follow it."""
    step: str = ""
    text: str = ""
    when: Literal["now", "after"] = "now"
    by: str = ""


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


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something only a person can settle."""

    id: str
    """Unique in the run."""
    kind: Literal["question", "approval", "paused", "plan"]
    text: str
    tool: str = ""
    arguments: str = ""
    """Of the tool call that waits for approval, as JSON text."""
    risks: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person settled."""

    question: str
    approved: bool = True
    text: str = ""
    arguments: str = ""
    """What the tool call is to be made with instead, as JSON text; empty: as the model wrote it."""
    by: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a person as it got into a step's conversation."""

    ask: int
    """Sequence of the message in the log."""
    text: str
    by: str = ""


class StepReady(Event, frozen=True, kw_only=True, tag="step.ready"):
    """The step may start. The server copies this event into the pool's queue: it is the command too."""

    round: int = 1
    """Counts how often the step was made ready; a retry after a failure is a new round."""
    spec: StepSpec
    submission: RunSubmitted
    start: tuple[Checkpoint, ...] = ()
    """Results of the steps it needs that changed the code, in the order of its needs."""
    context: tuple[str, ...] = ()
    """What the steps it needs have to tell: their summaries, a review, why an earlier plan failed."""
    begun: tuple[str, ...] = ()
    """Other steps that have started or are done; a new plan may build on them."""
    answer: Answer | None = None
    """Set when the step waited for a person; it goes on where it was."""
    at_s: int = 0
    """The time the run's commits carry, in seconds since 1970."""


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
    start: Checkpoint | None = None
    """Where the step began, when that is not the base."""
    test_command: str = ""
    isolation: str = ""
    notes: tuple[str, ...] = ()
    prompt: tuple[Message, ...] = ()
    """How the step's conversation begins: what later turns are appended to."""
    applied: tuple[str, ...] = ()
    """Role, instruction files, skills and memory items that are in the prompt, and why."""


class StepTurn(Event, frozen=True, kw_only=True, tag="step.turn"):
    """One turn of the agent loop: the model's message, what its tool calls returned, where the code stands."""

    attempt: int
    turn: int
    heard: tuple[Heard, ...] = ()
    """What people said before this turn."""
    message: Message
    finish_reason: FinishReason = "tool_calls"
    model: str = ""
    """The model that answered."""
    results: tuple[ToolResult, ...] = ()
    usage: Usage = Usage()
    checkpoint: Checkpoint
    duration_s: float = 0.0


class StepWaiting(Event, frozen=True, kw_only=True, tag="step.waiting"):
    """The step needs a person; it holds no slot until it is made ready again."""

    attempt: int
    question: Question
    partial: StepTurn | None = None
    """The turn it stopped in: the results so far; the call after them is the one that waits."""


class StepSteered(Event, frozen=True, kw_only=True, tag="step.steered"):
    """The loop changed its own course because it made no progress, or because its conversation got too long."""

    attempt: int
    turn: int
    """The turn before which this takes effect."""
    action: Literal["hint", "rewind", "condense", "switch_model"]
    reason: str
    text: str = ""
    """What the model is told, or what stands for the turns that are left out."""
    to_turn: int = 0
    """`rewind`, `condense`: turns after (rewind) or up to (condense) this one are left out of the conversation."""
    model: str = ""
    checkpoint: Checkpoint | None = None
    """`rewind`: where the code stands again."""


class StepReleased(Event, frozen=True, kw_only=True, tag="step.released"):
    """The attempt gave the step back unfinished: another goes on at its last turn. It does not count as lost."""

    attempt: int
    reason: Literal["stopped", "interrupted"]
    """`stopped`: its worker was told to end. `interrupted`: the broker or a service it needs was away too long."""


class StepDone(Event, frozen=True, kw_only=True, tag="step.done"):
    attempt: int
    summary: str = ""
    result: Checkpoint | None = None
    evidence: str = ""
    """Id of the evidence an executor recorded for this very tree."""
    plan: tuple[StepSpec, ...] = ()
    """The steps a planner proposes."""
    verdict: Literal["", "accept", "changes"] = ""
    """A reviewer's; with `changes` the summary says which."""


class StepFailed(Event, frozen=True, kw_only=True, tag="step.failed"):
    attempt: int
    failure: Failure


class ModelAnswered(Event, frozen=True, kw_only=True, tag="model.answered"):
    """A model's answer, stored before it is given, so that a repeated request costs nothing."""

    call: str
    model: str
    message: Message
    finish_reason: FinishReason
    usage: Usage


class EvidenceRecorded(Event, frozen=True, kw_only=True, tag="evidence.recorded"):
    evidence: Evidence


class CancelAsked(Event, frozen=True, kw_only=True, tag="ask.cancel"):
    by: str = ""
    reason: str = ""


class ApproveAsked(Event, frozen=True, kw_only=True, tag="ask.approve"):
    """Yes to a question; with a text, the answer to it."""

    question: str
    text: str = ""
    arguments: str = ""
    """What the tool call is to be made with instead: a JSON object, as text; empty: as it was asked."""
    by: str = ""


class DenyAsked(Event, frozen=True, kw_only=True, tag="ask.deny"):
    """No to a question, and what to do instead."""

    question: str
    text: str = ""
    by: str = ""


class MessageAsked(Event, frozen=True, kw_only=True, tag="ask.message"):
    """Something to tell a step."""

    step: str
    text: str
    when: Literal["now", "after"] = "now"
    """`now`: before its next model call. `after`: when it wants to hand its work in."""
    attempt: int = 0
    """Only if this attempt is still the current one; 0: whichever."""
    by: str = ""


class PauseAsked(Event, frozen=True, kw_only=True, tag="ask.pause"):
    """Start nothing more; steps at work stop before their next turn and free their slots."""

    by: str = ""
    reason: str = ""


class ResumeAsked(Event, frozen=True, kw_only=True, tag="ask.resume"):
    """Go on after a pause."""

    by: str = ""


class RetryAsked(Event, frozen=True, kw_only=True, tag="ask.retry"):
    """Try a failed step again."""

    step: str
    by: str = ""


class EditAsked(Event, frozen=True, kw_only=True, tag="ask.edit"):
    """The plan as it should be from here on."""

    revision: int
    """The revision that was edited; the edit is refused when the plan has moved on."""
    steps: tuple[StepSpec, ...]
    by: str = ""


Ask = CancelAsked | ApproveAsked | DenyAsked | MessageAsked | PauseAsked | ResumeAsked | RetryAsked | EditAsked

AnyEvent = (
    RunSubmitted
    | RunPlanned
    | AskHeard
    | RunFinished
    | StepReady
    | StepStarted
    | StepOpened
    | StepTurn
    | StepWaiting
    | StepSteered
    | StepReleased
    | StepDone
    | StepFailed
    | ModelAnswered
    | EvidenceRecorded
    | Ask
)

_FAMILIES: dict[str, dict[str, type[Event]]] = {
    "run": {"submitted": RunSubmitted, "planned": RunPlanned, "heard": AskHeard, "finished": RunFinished},
    "ready": {"ready": StepReady},
    "step": {
        "started": StepStarted,
        "opened": StepOpened,
        "turn": StepTurn,
        "waiting": StepWaiting,
        "steered": StepSteered,
        "released": StepReleased,
        "done": StepDone,
        "failed": StepFailed,
    },
    "ask": {
        "cancel": CancelAsked,
        "approve": ApproveAsked,
        "deny": DenyAsked,
        "message": MessageAsked,
        "pause": PauseAsked,
        "resume": ResumeAsked,
        "retry": RetryAsked,
        "edit": EditAsked,
    },
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
        if len(payload) > SUBMISSION_BYTES:
            raise MalformedMessage(f"the submission has {len(payload):,} bytes; {SUBMISSION_BYTES:,} are the most")
        _check_submission(event)
    return event


def _check_submission(event: RunSubmitted) -> None:
    if not event.task.strip():
        raise MalformedMessage("the task is empty")
    if not is_token(event.role):
        raise MalformedMessage(f"role {event.role[:80]!r} is not a name (lower-case letters, digits, - and _)")
    if event.repository and not (event.repository.artifact or event.repository.path):
        raise MalformedMessage("the repository names neither an artifact nor a path")
    if event.max_parallel < 1:
        raise MalformedMessage(f"max_parallel is {event.max_parallel}; no step would ever start")


__all__ = [
    "Answer",
    "AnyEvent",
    "ApprovalMode",
    "ApproveAsked",
    "ArtifactRef",
    "Ask",
    "AskHeard",
    "CancelAsked",
    "Checkpoint",
    "DenyAsked",
    "EditAsked",
    "Event",
    "EvidenceRecorded",
    "Fork",
    "Heard",
    "Limits",
    "MessageAsked",
    "ModelAnswered",
    "PauseAsked",
    "Question",
    "Recorded",
    "ResumeAsked",
    "RetryAsked",
    "RunFinished",
    "RunPlanned",
    "RunSubmitted",
    "StepDone",
    "StepFailed",
    "StepOpened",
    "StepReady",
    "StepReleased",
    "StepSpec",
    "StepStarted",
    "StepSteered",
    "StepTurn",
    "StepWaiting",
    "Unreadable",
    "decode",
    "encode",
]
