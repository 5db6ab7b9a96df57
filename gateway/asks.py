"""Asking something of a run: stored once, however often it is sent, and answered with what became of it.

The command's own id stands in the stored message, so the run's log tells for ever what was asked. Within the
broker's window for duplicates two gateways that are asked at once store one message; after it, the log is looked at.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from nats.aio.client import Client

from mycoderai.broker.log import Raw, at, last, read
from mycoderai.gateway.ask_log import HEARD_WITHIN_S, Word, event_of, message_id, store_ask, word_on
from mycoderai.gateway.finding import FoundRun, find_run
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.events import (
    ApproveAsked,
    Ask,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
    RunFinished,
)
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log
from mycoderai.schemas.web.access import Me
from mycoderai.schemas.web.commands import (
    AnyCommand,
    ApproveQuestion,
    CancelRun,
    DenyQuestion,
    EditPlan,
    Outcome,
    PauseRun,
    ResumeRun,
    RetryStep,
    SendMessage,
)

_ASKS: dict[type[Any], Callable[[Any, str], Ask]] = {
    CancelRun: lambda asked, by: CancelAsked(by=by, reason=asked.reason),
    PauseRun: lambda asked, by: PauseAsked(by=by, reason=asked.reason),
    ResumeRun: lambda asked, by: ResumeAsked(by=by),
    ApproveQuestion: lambda asked, by: ApproveAsked(
        question=asked.question, text=asked.text, arguments=asked.arguments, by=by
    ),
    DenyQuestion: lambda asked, by: DenyAsked(question=asked.question, text=asked.text, by=by),
    SendMessage: lambda asked, by: MessageAsked(
        step=asked.step, text=asked.text, when=asked.when, attempt=asked.attempt, by=by
    ),
    RetryStep: lambda asked, by: RetryAsked(step=asked.step, by=by),
    EditPlan: lambda asked, by: EditAsked(revision=asked.revision, steps=asked.steps, by=by),
}


async def carry_out(nc: Client, settings: Settings, memory: Memory, command: AnyCommand, me: Me) -> Outcome:
    """Store what the command asks of its run, and wait a few seconds for the orchestrator's word on it.

    A refusal is an outcome too. Raises Problem for an id that is none or stands for another command, RefusedError
    for an unknown run, and what `append` raises when the broker takes nothing.
    """
    check_id(command.id)
    found = await find_run(nc, settings, memory, command.run)
    asked = _ASKS[type(command)](command, me.name)
    before = await _story(nc, found)
    known = before.asked(message_id(found.log, command.id))
    if known is None and before.finished:
        return _refused(command, found.log, f"the run has ended: it {before.finished.status}")
    seq = known.seq if known else await store_ask(nc, found.log, asked, command.id)
    _check_same(known or await at(nc, found.log.stream, seq), asked)
    outcome = await _outcome(nc, found.log, command, seq, before.begin if known else before.last_decision)
    return msgspec.structs.replace(outcome, repeated=known is not None)


async def asked_before(nc: Client, found: FoundRun, id_: str) -> Ask | None:
    """What the command with that id asked of the run, if it was stored."""
    raw = (await _story(nc, found)).asked(message_id(found.log, id_))
    event = raw and event_of(raw)
    return event if isinstance(event, Ask) else None


def check_id(id_: str) -> None:
    if not is_token(id_):
        raise Problem(400, "bad_request", "id: 1 to 64 lower-case letters, digits, - and _ are allowed")


@dataclass(frozen=True, slots=True)
class _Story:
    begin: int
    asks: Sequence[Raw]
    finished: RunFinished | None
    last_decision: int

    def asked(self, id_: str) -> Raw | None:
        return next((raw for raw in self.asks if raw.id == id_), None)


async def _story(nc: Client, found: FoundRun) -> _Story:
    """What was asked and decided so far. The last decision is looked for first: `word_on` hears of what comes later."""
    log, begin = found.log, found.submitted.seq
    decision = await last(nc, log.decisions, log.stream)
    finished = await last(nc, log.run_event("finished"))
    asks = await read(nc, log.stream, log.asks, begin)
    end = event_of(finished) if finished else None
    return _Story(begin, asks, end if isinstance(end, RunFinished) else None, decision.seq if decision else begin)


async def _outcome(nc: Client, log: Log, command: AnyCommand, seq: int, after: int) -> Outcome:
    try:
        async with asyncio.timeout(HEARD_WITHIN_S):
            word = await word_on(nc, log, seq, after)
    except TimeoutError:
        return Outcome(id=command.id, outcome="pending", seq=seq, run=log.run)
    if isinstance(command, CancelRun) and word.end == "cancelled":
        word = Word(True)  # the end of the run is the answer
    judged: Literal["accepted", "refused"] = "accepted" if word.accepted else "refused"
    return Outcome(id=command.id, outcome=judged, reason=word.reason, seq=seq, run=log.run)


def _refused(command: AnyCommand, log: Log, reason: str) -> Outcome:
    return Outcome(id=command.id, outcome="refused", reason=reason, run=log.run)


def _check_same(stored: Raw | None, asked: Ask) -> None:
    """Raises Problem when the id stands for something else, whoever asked for that."""
    event = stored and event_of(stored)
    if not isinstance(event, Ask) or msgspec.structs.replace(event, by=asked.by) != asked:
        raise Problem(409, "id_used", "the id stands for another command", "give every command an id of its own")
