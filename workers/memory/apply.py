"""An event as the statements that bring memory up to it. Pure: no file, no clock, no broker.

The rules are those of the run's fold (`workers/core/run.py`): the first submission and the first end count, an
older attempt or plan changes nothing, and what makes no sense in the present state changes no state.
"""

from collections.abc import Iterator

import msgspec

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import (
    Ask,
    AskHeard,
    EvidenceRecorded,
    ModelAnswered,
    Question,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    Unreadable,
)
from mycoderai.schemas.execution import Evidence
from mycoderai.schemas.memory import Submission
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.apply_asks import asked, heard
from mycoderai.workers.memory.apply_steps import OF_STEP, Told
from mycoderai.workers.memory.values import (
    Statement,
    as_json,
    cut,
    failure_columns,
    kept,
    name,
    sortable,
    spec_columns,
    tree_columns,
)

ENDS = ("succeeded", "failed", "cancelled")


def statements(recorded: Recorded) -> Iterator[Statement]:
    """Raises MalformedMessage for an event whose values have no meaning."""
    event, at = recorded.event, sortable(recorded.time)
    if isinstance(event, Unreadable):
        raise MalformedMessage(event.reason)
    return _TOLD.get(type(event), _asked)(event, recorded.subject, recorded.seq, at)


def _submitted(event: RunSubmitted, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    yield sql.RUN_SUBMITTED, (where.run, where.shard, seq, *_submission(event, at))


def _submission(event: RunSubmitted, at: str) -> tuple[object, ...]:
    rest = Submission(
        repository=event.repository,
        policy=event.policy,
        limits=event.limits,
        max_parallel=event.max_parallel,
        test_command=cut(event.test_command),
        notes=kept(event.notes),
        approve=event.approve,
        project=name(event.project),
        fork=event.fork,
        replay=name(event.replay),
    )
    who = (at, name(event.submitted_by))
    whose = (name(event.project), cut(event.test_command))
    return cut(event.task), name(event.model), event.role, *who, as_json(rest), *whose


def _planned(event: RunPlanned, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    """Only a plan newer than the one there is counts, so the run takes its revision last."""
    newer = (where.run, where.shard, event.revision)
    for place, spec in enumerate(event.steps):
        values = (name(spec.id), seq, place, event.revision, name(spec.role), *spec_columns(spec))
        yield sql.STEP_PLANNED, (*values, *newer)
    for taken in event.taken_over:
        done = (at, cut(taken.summary), *tree_columns(taken.result), taken.evidence.id if taken.evidence else "")
        yield sql.STEP_TAKEN_OVER, (*done, where.run, where.shard, name(taken.step), event.revision, *newer)
        if taken.evidence:
            seen = (seq, name(taken.step), at, *_evidence(taken.evidence))
            yield sql.EVIDENCE_TAKEN_OVER, (*seen, *newer)
    if event.revision > 1:
        yield from _replaced(event, where, at)
    if event.waits:
        question = Question(id=f"plan-{event.revision}", kind="plan", text=cut(event.reason))
        yield sql.PLAN_QUESTION, (seq, question.id, at, as_json(question), *newer)
    yield sql.RUN_PLANNED, (event.revision, *newer)


def _replaced(event: RunPlanned, where: EventSubject, at: str) -> Iterator[Statement]:
    """What becomes of the plan before it."""
    newer = (where.run, where.shard, event.revision)
    yield sql.STEPS_DROPPED, (at, where.run, where.shard, event.revision, *newer)
    yield sql.ATTEMPTS_DROPPED, (at, where.run, where.shard)
    yield sql.PLAN_QUESTIONS_OVER, newer
    yield sql.QUESTIONS_OVER, (where.run, where.shard) * 2


def _answered(event: ModelAnswered, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    usage = event.usage
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost_usd)
    called = (where.step, name(event.call), name(event.model), at, name(event.finish_reason))
    yield sql.CALL, (where.run, where.shard, seq, *called, *tokens)


def _proven(event: EvidenceRecorded, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    yield sql.EVIDENCE, (where.run, where.shard, seq, where.step, at, *_evidence(event.evidence))


def _asked(event: Ask, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    yield sql.ASK, (where.run, where.shard, seq, at, *asked(event))


def _finished(event: RunFinished, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    if event.status not in ENDS:
        raise MalformedMessage(f"a run cannot end as {event.status[:80]!r}")
    run = (where.run, where.shard)
    result = event.result
    bundle = as_json(result.bundle) if result and result.bundle else None
    outcome = (*tree_columns(result), bundle, name(event.base_commit), cut(event.summary), event.turns)
    seen = event.evidence
    tests = msgspec.structs.astuple(seen.tests) if seen else (None,) * 7
    proof = (as_json(seen), cut(seen.command), seen.exit_code) if seen else (None, "", None)
    values = (event.status, at, *failure_columns(event.failure), name(event.branch), *outcome, *proof, *tests)
    yield sql.RUN_FINISHED, (*values, *run)
    yield sql.STEPS_LEFT, (at, *run)
    yield sql.ATTEMPTS_LEFT, (at, *run)
    yield sql.QUESTIONS_LEFT, run


def _evidence(seen: Evidence) -> tuple[object, ...]:
    counts = (seen.tests.passed, seen.tests.not_green, seen.tests.total)
    what = (name(seen.id), name(seen.tree), name(seen.commit), cut(seen.command), seen.exit_code)
    return *what, *counts, name(seen.isolation.level), as_json(seen)


_TOLD: dict[type, Told] = {
    RunSubmitted: _submitted,
    RunPlanned: _planned,
    AskHeard: heard,
    RunFinished: _finished,
    ModelAnswered: _answered,
    EvidenceRecorded: _proven,
    **OF_STEP,
}
"""What is not here is an ask."""
