"""What happens to a step and its attempts, as statements. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from mycoderai.schemas.events import (
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepReleased,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.values import (
    KEPT_CHARS,
    Statement,
    as_json,
    cut,
    cut_message,
    failure_columns,
    kept,
    name,
    tree_columns,
)


def _ready(event: StepReady, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    step = (where.run, where.shard, where.step)
    answered = event.answer is not None
    yield sql.STEP_READY, (answered, event.round, *step, event.round, answered, event.round)
    yield sql.QUESTIONS_OVER, step[:2] * 2


def _started(event: StepStarted, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    step = (where.run, where.shard, where.step)
    yield sql.STEP_STARTED, (event.attempt, name(event.worker), *step, event.attempt)
    if event.attempt > 1:
        yield sql.ATTEMPTS_LOST, (at, *step, event.attempt)
    yield sql.ATTEMPT_STARTED, (event.attempt, event.round, name(event.worker), at, *step, event.attempt)
    yield sql.RUN_STARTED, (at, where.run, where.shard)
    yield sql.QUESTIONS_OVER, step[:2] * 2


def _opened(event: StepOpened, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    found = (cut(event.test_command), name(event.base.commit))
    opened = (name(event.session), name(event.isolation), *found, as_json(kept(event.notes)))
    step = (where.run, where.shard, where.step)
    yield sql.ATTEMPT_OPENED, (*opened, as_json(kept(event.applied)), *step, event.attempt)
    yield sql.RUN_OPENED, (*found, where.run, where.shard)


def _turn(event: StepTurn, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    key = (where.run, where.shard, seq)
    usage, tree = event.usage, tree_columns(event.checkpoint)
    used = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost_usd, usage.estimated)
    message = as_json(cut_message(event.message))
    yield sql.TURN, (*key, where.step, event.attempt, event.turn, at, message, *tree, *used, event.duration_s)
    arguments = {call.id: call.arguments for call in event.message.tool_calls}
    for place, result in enumerate(event.results):
        asked = (
            place,
            where.step,
            name(result.call),
            name(result.name),
            cut(result.arguments or arguments.get(result.call, "")),
        )
        truncated = result.truncated or len(result.output) > KEPT_CHARS
        data = None if result.data is None else as_json(result.data)
        said = (cut(result.output), result.exit_code, truncated, result.repeated, data)
        yield sql.TOOL_CALL, (*key, *asked, *said)


def _waiting(event: StepWaiting, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    step, attempt = (where.run, where.shard, where.step), event.attempt
    yield sql.STEP_WAITING, (*step, attempt)
    yield sql.ATTEMPT_ENDED, ("waiting", at, *failure_columns(None)[:2], *step, attempt)
    asked = (seq, attempt, name(event.question.id), event.question.kind, at, as_json(event.question))
    yield sql.STEP_QUESTION, (*asked, *step, attempt)


def _steered(event: StepSteered, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    course = (event.attempt, event.turn, event.action, cut(event.reason), event.to_turn, name(event.model))
    yield sql.STEERED, (where.run, where.shard, seq, where.step, at, *course)


def _released(event: StepReleased, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    step = (where.run, where.shard, where.step)
    yield sql.ATTEMPT_ENDED, ("released", at, *failure_columns(None)[:2], *step, event.attempt)


def _done(event: StepDone, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    outcome = (at, cut(event.summary), *tree_columns(event.result), name(event.evidence), *failure_columns(None))
    yield from _ended("done", event.attempt, outcome, where)


def _failed(event: StepFailed, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    yield from _ended("failed", event.attempt, (at, "", "", "", "", *failure_columns(event.failure)), where)


def _ended(state: str, attempt: int, outcome: tuple[object, ...], where: EventSubject) -> Iterator[Statement]:
    step = (where.run, where.shard, where.step)
    at, code, message = outcome[0], *outcome[5:7]
    yield sql.STEP_ENDED, (state, *outcome, *step, attempt)
    yield sql.ATTEMPT_ENDED, (state, at, code, message, *step, attempt)
    yield sql.QUESTIONS_OVER, step[:2] * 2


Told = Callable[[Any, EventSubject, int, str], Iterator[Statement]]
"""What an event of one kind leads to: the event, its subject, its sequence, when it was stored."""
OF_STEP: dict[type, Told] = {
    StepReady: _ready,
    StepStarted: _started,
    StepOpened: _opened,
    StepTurn: _turn,
    StepWaiting: _waiting,
    StepSteered: _steered,
    StepReleased: _released,
    StepDone: _done,
    StepFailed: _failed,
}
