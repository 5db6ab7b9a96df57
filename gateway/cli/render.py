"""Events as lines for a person."""

from mycoderai.gateway.cli.people import answered, asked, heard, question_line
from mycoderai.gateway.cli.plan_text import planned
from mycoderai.gateway.cli.text import clean, counts, plural
from mycoderai.gateway.cli.turns import spoken as spoken_in
from mycoderai.gateway.cli.turns import turn_line
from mycoderai.gateway.view import RunView, seconds
from mycoderai.schemas.events import (
    Ask,
    AskHeard,
    EvidenceRecorded,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)


def change(recorded: Recorded, view: RunView | None = None) -> str:
    """The event as a sentence; empty when it says nothing new to a person. With a view, which may have taken the
    event in already, a sentence about a plan or an answer says what it refers to."""
    match recorded.event:
        case RunSubmitted(task=task):
            return f"submitted: {clean(task)}"
        case RunPlanned() as plan:
            return planned(plan, _plan_before(plan, view))
        case AskHeard(ask=ask) as word:
            return heard(word, view.asks.get(ask) if view else None)
        case RunFinished(status=status):
            return f"finished: {status}"
        case EvidenceRecorded(evidence=evidence):
            what = "" if evidence.check == "suite" else f" for {evidence.check}"
            return f"tests seen{what}: {counts(evidence.tests)} (exit {evidence.exit_code})"
        case event if isinstance(event, Ask):
            return asked(event)
    return _step_change(recorded)


def _step_change(recorded: Recorded) -> str:
    match recorded.event:
        case StepReady() as ready:
            return _ready(ready, recorded.subject.pool)
        case StepStarted(attempt=attempt, worker=worker):
            return f"attempt {attempt} started by {clean(worker, 40)}"
        case StepOpened() as opened:
            command = f"; tests: {clean(opened.test_command, 60)}" if opened.test_command else ""
            return f"workspace open ({clean(opened.isolation, 30) or 'no isolation named'}){command}"
        case StepTurn() as turn:
            return turn_line(turn)
        case StepWaiting(question=question):
            return f"waits for a person ({clean(question.id, 60)}): {question_line(question)}"
        case StepSteered() as steered:
            return _steered(steered)
        case StepDone() as done:
            return _done(done)
        case StepFailed(failure=failure):
            return f"failed: {clean(failure.message, 300)}"
    return ""


def line(recorded: Recorded, view: RunView) -> str:
    """One change on one line: seconds since the submission, the step, the sentence."""
    text = change(recorded, view)
    if not text:
        return ""
    elapsed = max(seconds(recorded.time) - view.submitted_s, 0.0)
    return f"{elapsed:7.1f}s  {recorded.subject.step or 'run':<8}  {text}"


def spoken(recorded: Recorded) -> list[str]:
    """What was said and printed in a turn, indented."""
    texts = spoken_in(recorded.event) if isinstance(recorded.event, StepTurn) else []
    return [f"{'':20}{text}" for text in texts]


def _plan_before(plan: RunPlanned, view: RunView | None) -> RunPlanned | None:
    revisions = view.revisions if view else []
    return next((item.plan for item in reversed(revisions) if item.plan.revision < plan.revision), None)


def _ready(ready: StepReady, pool: str) -> str:
    if ready.answer:
        return f"{answered(ready.answer)}; waits for a {pool} to go on"
    round_ = f", round {ready.round}" if ready.round > 1 else ""
    merge = f", on the merge of {plural(len(ready.start), 'result')}" if len(ready.start) > 1 else ""
    return f"waits for a {pool}{round_}{merge}"


def _steered(steered: StepSteered) -> str:
    why = f" ({clean(steered.reason, 120)})"
    match steered.action:
        case "hint":
            return f"hint: {clean(steered.text or steered.reason)}"
        case "rewind":
            return f"rewound to turn {steered.to_turn}{why}"
        case "condense":
            return f"conversation condensed up to turn {steered.to_turn}{why}"
        case "switch_model":
            return f"goes on with model {clean(steered.model, 60)}{why}"


def _done(done: StepDone) -> str:
    """Its subject line; the rest of the summary is for the end of the run."""
    subject = clean(done.summary.strip().partition("\n")[0])
    if done.verdict:
        return f"review: {'accepted' if done.verdict == 'accept' else 'asks for changes'}" + _after(subject)
    if done.plan:
        return f"done: proposes {plural(len(done.plan), 'step')}" + _after(subject)
    return "done" + _after(subject)


def _after(text: str) -> str:
    return f": {text}" if text else ""
