"""An event as the statements that bring memory up to it. Pure: no file, no clock, no broker.

The rules are those of the run's fold (`workers/core/run.py`): the first submission and the first end count, an
older attempt changes nothing, and what makes no sense in the present state changes no state.
"""

from collections.abc import Iterator

import msgspec

from mycoderai.schemas.chat import Message
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import (
    CancelAsked,
    EvidenceRecorded,
    ModelAnswered,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import Checkpoint, Evidence
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.memory import Submission
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.memory import statements as sql

KEPT_CHARS = 64 << 10
"""Texts are cut to this: memory is for looking up, the log has the whole."""
NAME_CHARS = 200
"""Names are cut to this. Those of runs and steps are subject tokens, and shorter."""
KEPT_NOTES = 50
ENDS = ("succeeded", "failed", "cancelled")

Statement = tuple[str, tuple[object, ...]]


def statements(recorded: Recorded) -> Iterator[Statement]:
    """Raises MalformedMessage for an event whose values have no meaning."""
    at, seq, where = sortable(recorded.time), recorded.seq, recorded.subject
    run = (where.run, where.shard)
    match recorded.event:
        case RunSubmitted() as event:
            yield sql.RUN_SUBMITTED, (*run, seq, *_submission(event, at))
        case RunPlanned() as event:
            yield sql.RUN_PLANNED, run
            for place, spec in enumerate(event.steps):
                planned = (
                    name(spec.id),
                    seq,
                    place,
                    event.revision,
                    name(spec.role),
                    cut(spec.goal),
                    _json(spec.needs),
                )
                yield sql.STEP_PLANNED, (*run, *planned)
        case StepReady(spec=spec) as event:
            ready = (where.step, seq, where.pool, cut(spec.goal), _json(spec.needs))
            yield sql.STEP_NAMED, (*run, *ready)
            yield sql.STEP_READY, (event.round, *run, where.step, event.round)
        case StepStarted() as event:
            yield from _started(event, where, at)
        case StepOpened() as event:
            found = (cut(event.test_command), name(event.base.commit))
            opened = (name(event.session), name(event.isolation), *found, _notes(event.notes))
            yield sql.ATTEMPT_OPENED, (*opened, *run, where.step, event.attempt)
            yield sql.RUN_OPENED, (*found, *run)
        case StepTurn() as event:
            yield from _turn(event, where, seq, at)
        case StepDone(result=result) as event:
            done = (at, cut(event.summary), *_tree(result), name(event.evidence), *_failure(None))
            yield sql.STEP_ENDED, ("done", *done, *run, where.step, event.attempt)
            yield sql.ATTEMPT_ENDED, ("done", at, *run, where.step, event.attempt)
        case StepFailed() as event:
            failed = (at, "", "", "", "", *_failure(event.failure))
            yield sql.STEP_ENDED, ("failed", *failed, *run, where.step, event.attempt)
            yield sql.ATTEMPT_ENDED, ("failed", at, *run, where.step, event.attempt)
        case ModelAnswered(usage=usage) as event:
            tokens = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost_usd)
            called = (where.step, name(event.call), name(event.model), at, name(event.finish_reason))
            yield sql.CALL, (*run, seq, *called, *tokens)
        case EvidenceRecorded(evidence=evidence):
            yield sql.EVIDENCE, (*run, seq, where.step, at, *_evidence(evidence))
        case CancelAsked() as event:
            yield sql.ASK, (*run, seq, at, "cancel", name(event.by), cut(event.reason))
        case RunFinished() as event:
            yield from _finished(event, where, at)


def _submission(event: RunSubmitted, at: str) -> tuple[object, ...]:
    rest = Submission(
        repository=event.repository,
        policy=event.policy,
        limits=event.limits,
        max_parallel=event.max_parallel,
        test_command=cut(event.test_command),
        notes=tuple(note[:1000] for note in event.notes[:KEPT_NOTES]),
    )
    who = (at, name(event.submitted_by))
    return cut(event.task), name(event.model), event.role, *who, _json(rest), cut(event.test_command)


def _started(event: StepStarted, where: EventSubject, at: str) -> Iterator[Statement]:
    step = (where.run, where.shard, where.step)
    yield sql.STEP_STARTED, (event.attempt, name(event.worker), *step, event.attempt)
    yield sql.ATTEMPTS_LOST, (at, *step, event.attempt)
    yield sql.ATTEMPT_STARTED, (event.attempt, event.round, name(event.worker), at, *step, event.attempt)
    yield sql.RUN_STARTED, (at, where.run, where.shard)


def _turn(event: StepTurn, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    key = (where.run, where.shard, seq)
    usage, tree = event.usage, _tree(event.checkpoint)
    used = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost_usd, event.duration_s)
    message = _json(_cut_message(event.message))
    yield sql.TURN, (*key, where.step, event.attempt, event.turn, at, message, *tree, *used)
    arguments = {call.id: call.arguments for call in event.message.tool_calls}
    for place, result in enumerate(event.results):
        asked = (place, where.step, name(result.call), name(result.name), cut(arguments.get(result.call, "")))
        truncated = result.truncated or len(result.output) > KEPT_CHARS
        data = None if result.data is None else _json(result.data)
        said = (cut(result.output), result.exit_code, truncated, result.repeated, data)
        yield sql.TOOL_CALL, (*key, *asked, *said)


def _finished(event: RunFinished, where: EventSubject, at: str) -> Iterator[Statement]:
    if event.status not in ENDS:
        raise MalformedMessage(f"a run cannot end as {event.status[:80]!r}")
    run = (where.run, where.shard)
    result = event.result
    bundle = _json(result.bundle) if result and result.bundle else None
    outcome = (*_tree(result), bundle, name(event.base_commit), cut(event.summary), event.turns)
    seen = event.evidence
    tests = msgspec.structs.astuple(seen.tests) if seen else (None,) * 7
    proof = (_json(seen), cut(seen.command), seen.exit_code) if seen else (None, "", None)
    values = (event.status, at, *_failure(event.failure), name(event.branch), *outcome, *proof, *tests)
    yield sql.RUN_FINISHED, (*values, *run)
    yield sql.STEPS_LEFT, (at, *run)
    yield sql.ATTEMPTS_LEFT, (at, *run)


def _evidence(seen: Evidence) -> tuple[object, ...]:
    counts = (seen.tests.passed, seen.tests.not_green, seen.tests.total)
    what = (name(seen.id), name(seen.tree), name(seen.commit), cut(seen.command), seen.exit_code)
    return *what, *counts, name(seen.isolation.level), _json(seen)


def _failure(failure: Failure | None) -> tuple[object, ...]:
    if failure is None:
        return "", "", "", False
    return failure.code.value, cut(failure.message), cut(failure.fix), failure.retryable


def _tree(checkpoint: Checkpoint | None) -> tuple[str, str]:
    return (name(checkpoint.commit), name(checkpoint.tree)) if checkpoint else ("", "")


def _notes(notes: tuple[str, ...]) -> str:
    return _json([note[:1000] for note in notes[:KEPT_NOTES]])


def _cut_message(message: Message) -> Message:
    calls = tuple(msgspec.structs.replace(call, arguments=cut(call.arguments)) for call in message.tool_calls)
    return msgspec.structs.replace(message, content=cut(message.content), tool_calls=calls)


def cut(text: str) -> str:
    if len(text) <= KEPT_CHARS:
        return text
    half = KEPT_CHARS // 2 - 32
    return f"{text[:half]}\n… {len(text) - 2 * half} characters cut …\n{text[-half:]}"


def name(text: str) -> str:
    return text[:NAME_CHARS]


def sortable(time: str) -> str:
    """The broker leaves trailing zeros of the second out, which would not sort as text."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<9}Z" if time else ""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
