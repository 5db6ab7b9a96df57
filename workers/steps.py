"""A pool's worker: takes ready steps, opens an attempt, runs the handler, records the outcome."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Literal

import structlog
from nats.aio.client import Client

from mycoderai.broker.bulk import Heard, listen
from mycoderai.broker.consume import Delivery
from mycoderai.broker.dead import keep
from mycoderai.broker.log import last
from mycoderai.broker.metrics import ATTEMPTS, STEP_SECONDS, STEPS
from mycoderai.broker.signs import Signs, watched
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import Fenced, MalformedMessage, TransientError
from mycoderai.schemas.events import AnyEvent, RunPlanned, StepDone, StepFailed, StepReady, StepWaiting, decode
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.journal import JournalState
from mycoderai.workers.handler import Done, Failed, Outcome, Parked, StepContext, StepHandler
from mycoderai.workers.journal import StepJournal
from mycoderai.workers.refusal import refuse

RETRY_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
LEAST_PATIENCE_S = 60.0
FIRST_CHECK_S = 0.25
RUN_CHECK_S = 5.0
"""How often an attempt asks whether its run has ended, should the live message have been lost."""
log = structlog.get_logger()
Ending = Literal["unwanted", "stopped", "silent"]
"""Why a handler was cancelled: nobody wants its step any more, its worker ends, or it hangs."""


class StepWorker:
    def __init__(self, nc: Client, settings: Settings, pool: str, handler: StepHandler) -> None:
        self._nc = nc
        self._shards = settings.shards
        self._pool = pool
        self._handler = handler
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._running: dict[str, dict[asyncio.Task[Outcome], str]] = {}
        """By run: the tasks at work on it, and the step of each."""
        self._stopping = False

    async def start(self) -> None:
        await listen(self._nc, "log.*.*.run.finished", self._on_finished)
        await listen(self._nc, "log.*.*.run.planned", self._on_planned)

    async def handle(self, delivery: Delivery) -> None:
        try:
            run_log, ready = self._parse(delivery)
        except MalformedMessage as err:
            await refuse(self._nc, self._shards, self._worker, delivery, err.message)
            return
        step = ready.spec.id
        with structlog.contextvars.bound_contextvars(run=run_log.run, step=step):
            journal = StepJournal(self._nc, run_log, self._pool, step)
            fresh = delivery.count == 1 and ready.round == 1 and ready.answer is None
            # A fresh one is looked up once it is at work: most of the short ones have ended by then.
            beginning = journal.begin(
                ready.round,
                self._worker,
                fresh=fresh,
                max_attempts=ready.submission.limits.attempts,
                answers=ready.answer.question if ready.answer else "",
            )
            if fresh:
                begun, unwanted = await beginning, False
            else:
                begun, unwanted = await asyncio.gather(beginning, self._unwanted(run_log, step, delivery.source_seq))
            if unwanted or begun == "over":
                await delivery.ack()
                return
            if begun == "exhausted":
                await self._give_up(delivery, journal, run_log, ready)
                return
            with structlog.contextvars.bound_contextvars(attempt=journal.attempt):
                await self._attempt(delivery, journal, run_log, ready)

    def release(self) -> None:
        """Give back the steps at work: another worker goes on with each where it stands."""
        self._stopping = True
        for run in self._running:
            self._stop(run)

    def _parse(self, delivery: Delivery) -> tuple[Log, StepReady]:
        match delivery.subject.split("."):
            case ["cmd", pool, run, step] if is_token(run) and is_token(step):
                run_log = Log(run, shard_of(run, self._shards))
                event = decode(delivery.data, parse_event(run_log.ready(pool, step)))
                if isinstance(event, StepReady) and event.spec.id == step:
                    return run_log, event
        raise MalformedMessage("not a ready step")

    async def _attempt(self, delivery: Delivery, journal: StepJournal, run_log: Log, ready: StepReady) -> None:
        context = StepContext(
            nc=self._nc,
            run=run_log.run,
            shard=run_log.shard,
            pool=self._pool,
            ready=ready,
            journal=journal,
            attempt=journal.attempt,
        )
        log.info("step.started", resumed_turns=len(journal.state.turns))
        ATTEMPTS.add(self._pool)
        begun = time.monotonic()
        STEPS.add(self._pool, await self._carry_out(context, delivery, journal, run_log))
        STEP_SECONDS.observe(time.monotonic() - begun, self._pool)

    async def _carry_out(self, context: StepContext, delivery: Delivery, journal: StepJournal, run_log: Log) -> str:
        """How the attempt ended, in a word."""
        try:
            outcome = await self._run(context, run_log, delivery.source_seq)
            if isinstance(outcome, str):
                await self._end(delivery, journal, outcome)
                return outcome
            await journal.append(*_event_of(outcome, journal.attempt))
            log.info("step.ended", outcome=type(outcome).__name__)
        except Fenced:
            # Somebody else has the step now: acknowledging would take the command away from them.
            log.warning("step.fenced")
            return "fenced"
        except TransientError as err:
            log.warning("step.interrupted", error=err.message)
            await self._interrupted(delivery, journal)
            return "interrupted"
        await delivery.ack()
        return type(outcome).__name__.lower()

    async def _end(self, delivery: Delivery, journal: StepJournal, ending: Ending) -> None:
        log.info("step.stopped", reason=ending)
        match ending:
            case "unwanted":
                await delivery.ack()
            case "silent":
                await delivery.nak(RETRY_DELAY_S)  # it counts as lost: the next one may hang as well
            case "stopped":
                await journal.release("stopped")
                await delivery.nak()

    async def _interrupted(self, delivery: Delivery, journal: StepJournal) -> None:
        try:
            await journal.release("interrupted")
        except TransientError as err:
            log.warning("step.not_released", error=err.message)
        await delivery.nak(min(RETRY_DELAY_S * 2**journal.state.fruitless, LONGEST_DELAY_S))

    async def _run(self, context: StepContext, run_log: Log, since: int) -> Outcome | Ending:
        """The handler's outcome, or why it was cancelled."""
        with watched() as signs:
            work: asyncio.Task[Outcome] = asyncio.ensure_future(self._guarded(context))
        tasks = self._running.setdefault(run_log.run, {})
        tasks[work] = context.step
        try:
            await asyncio.wait({work}, timeout=FIRST_CHECK_S)
            ending = None if work.done() else await self._ending_of(work, self._watch(context, run_log, since, signs))
            await end([work])
            if ending or work.cancelled():
                return ending or ("stopped" if self._stopping else "unwanted")
            return work.result()
        finally:
            await end([work])
            del tasks[work]
            if not tasks:
                self._running.pop(run_log.run, None)

    async def _guarded(self, context: StepContext) -> Outcome:
        try:
            return await self._handler(context)
        except (Fenced, TransientError):
            raise
        except Exception as err:
            log.exception("step.handler_failed")
            failure = Failure(
                code=FailureCode.HANDLER_ERROR,
                message=f"The step's handler failed: {type(err).__name__}: {err}",
                fix="read the agents' log in the data directory's logs folder",
                retryable=True,
            )
            return Failed(failure=failure)

    async def _ending_of(self, work: asyncio.Task[Outcome], watching: Coroutine[None, None, Ending]) -> Ending | None:
        """Return when the handler has ended (None), or why it has to be cancelled."""
        watch = asyncio.create_task(watching)
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            return None if work.done() else watch.result()
        finally:
            await end([watch])

    async def _watch(self, context: StepContext, run_log: Log, since: int, signs: Signs) -> Ending:
        """Return when the handler has to be cancelled. One that shows no sign for as long as the whole step may take
        hangs: what it waits for (a model, a command, the broker) ends or beats within that time."""
        patience = max(60 * context.submission.limits.minutes, LEAST_PATIENCE_S)
        while signs.silent_s <= patience:
            try:
                if await self._unwanted(run_log, context.step, since):
                    return "unwanted"
            except TransientError as err:
                log.info("step.run_check_failed", error=err.message)
            await asyncio.sleep(RUN_CHECK_S)
        return "silent"

    async def _unwanted(self, run_log: Log, step: str, since: int) -> bool:
        """Whether the run has ended, or its plan does without the step by now. since: when it was made ready; a plan
        before that is what a replica that lags behind takes for the last one."""
        finished, planned = await asyncio.gather(
            last(self._nc, run_log.run_event("finished")), last(self._nc, run_log.run_event("planned"))
        )
        if finished is not None:
            return True
        return planned is not None and planned.seq > since and not _has_step(planned.data, run_log, step)

    def _on_finished(self, msg: Heard) -> None:
        self._stop(msg.subject.split(".")[2])

    def _on_planned(self, msg: Heard) -> None:
        _, shard, run, *_ = msg.subject.split(".")
        if run in self._running:
            self._stop(run, lambda step: not _has_step(msg.data, Log(run, int(shard)), step))

    def _stop(self, run: str, unwanted: Callable[[str], bool] = lambda step: True) -> None:
        for task, step in self._running.get(run, {}).items():
            if unwanted(step):
                task.cancel()

    async def _give_up(self, delivery: Delivery, journal: StepJournal, run_log: Log, ready: StepReady) -> None:
        failure = Failure(
            code=FailureCode.ATTEMPTS_EXHAUSTED,
            message=_why_exhausted(journal.state, ready.submission.limits.attempts),
            fix="mycoder doctor, then submit the task again",
        )
        await keep(self._nc, delivery, failure.message)
        await journal.append("failed", StepFailed(attempt=journal.attempt, failure=failure))
        await delivery.ack()


def _why_exhausted(state: JournalState, limit: int) -> str:
    if state.attempts_in_round >= limit:
        often = "once" if limit == 1 else f"{limit} times"
        return f"The step's worker was lost {often}; it is not tried again."
    return f"What the step needs was away {state.fruitless} times in a row; it is not tried again."


def _event_of(outcome: Outcome, attempt: int) -> tuple[str, AnyEvent]:
    match outcome:
        case Done(summary=summary, result=result, evidence=evidence, plan=plan, verdict=verdict):
            return "done", StepDone(
                attempt=attempt, summary=summary, result=result, evidence=evidence, plan=plan, verdict=verdict
            )
        case Parked(question=question, partial=partial):
            return "waiting", StepWaiting(attempt=attempt, question=question, partial=partial)
        case Failed(failure=failure):
            return "failed", StepFailed(attempt=attempt, failure=failure)


def _has_step(planned: bytes, run_log: Log, step: str) -> bool:
    """In doubt it has: a plan that cannot be read stops nothing."""
    try:
        event = decode(planned, parse_event(run_log.run_event("planned")))
    except MalformedMessage:
        return True
    return not isinstance(event, RunPlanned) or any(spec.id == step for spec in event.steps)
