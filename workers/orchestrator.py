"""The orchestrator: folds a run's log, asks the pure core what is missing, appends it. It owns nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Iterable
from weakref import WeakValueDictionary

import structlog
from nats.aio.client import Client

from mycoderai.broker.consume import Delivery
from mycoderai.broker.dead import bury
from mycoderai.broker.leader import is_replicated
from mycoderai.broker.log import append, holds_any, read_events, read_events_to
from mycoderai.broker.metrics import RUNS
from mycoderai.broker.pools import known_pools
from mycoderai.schemas.errors import Conflict, MalformedMessage
from mycoderai.schemas.events import AskHeard, Recorded, RunFinished, RunPlanned, StepReady, decode
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.decide import Decision, decide
from mycoderai.workers.core.run import RunState, fold
from mycoderai.workers.core.short_run import ShortRun, short_run

CACHED_RUNS = 2000
EVENTS_OF_A_SHORT_STEP = 4
"""Planned, ready, started, done."""
MAX_CONFLICTS = 20
LAG_PAUSE_S = 0.1
LONGEST_LAG_PAUSE_S = 10.0
log = structlog.get_logger()
_RunLevel = RunPlanned | RunFinished | AskHeard
_TYPES: dict[type[_RunLevel], str] = {RunPlanned: "planned", RunFinished: "finished", AskHeard: "heard"}


class Orchestrator:
    """Handles `cmd.orchestrator.<run>.<what>`. Any number of them may run: every append carries what it expects."""

    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc = nc
        self._shards = settings.shards
        self._steps_per_run = settings.steps_per_run
        self._pools: frozenset[str] = frozenset()
        self._folds: OrderedDict[str, RunState] = OrderedDict()
        self._begun: dict[str, ShortRun] = {}
        self._settled: dict[str, int] = {}
        """Up to where the logs of the folds kept were decided upon."""
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self) -> None:
        self._pools = await known_pools(self._nc)

    async def handle(self, delivery: Delivery) -> None:
        _, _, run, what, *_ = [*delivery.subject.split("."), "", ""]
        if not is_token(run):
            await bury(self._nc, delivery, "the run id is not allowed in a subject")
            return
        run_log = Log(run, shard_of(run, self._shards))
        if delivery.source_stream != run_log.stream:
            await bury(self._nc, delivery, f"this run's shard is {run_log.shard}")
            return
        async with self._turn_of(run):
            await self._handle(delivery, run_log, what)

    def _turn_of(self, run: str) -> asyncio.Lock:
        """One command of a run at a time: side by side, the ends of many steps would decide the same, and all but one
        of them in vain."""
        return self._turns.setdefault(run, asyncio.Lock())

    async def _handle(self, delivery: Delivery, run_log: Log, what: str) -> None:
        if delivery.source_seq <= self._settled.get(run_log.run, -1):
            await delivery.ack()  # decided upon with what came before it: the log was read further than asked
            return
        state = (
            (self._just_submitted(run_log, delivery) if what == "submitted" else None)
            or await self._over_at_once(run_log, delivery)
            or await self._catch_up(run_log, delivery)
        )
        if state.last_seq < delivery.source_seq:
            # A replica that lags behind answered: what this command is a copy of is not in its log yet.
            # It catches up within tries that are counted, so each waits for longer.
            await delivery.nak(min(LAG_PAUSE_S * 2 ** (delivery.count - 1), LONGEST_LAG_PAUSE_S))
            return
        if what == "submitted" and state.submission is None:
            await bury(self._nc, delivery, _why_not_a_submission(run_log, delivery))
            return
        await self._settle(run_log, state)
        if run_log.run in self._folds:
            self._settled[run_log.run] = state.last_seq
        await delivery.ack()

    async def settle(self, run_log: Log) -> None:
        """Decide what a run needs now, whatever it is that asks."""
        async with self._turn_of(run_log.run):
            await self._settle(run_log, await self._catch_up(run_log))

    def _just_submitted(self, run_log: Log, delivery: Delivery) -> RunState | None:
        """The state of a run that nobody has looked at yet, told by its submission, which the command is a copy of.
        What the log holds besides counts only if it came later, and then it has a command of its own or is found out
        when the plan is appended. None: the log has to be read."""
        if delivery.count > 1 or run_log.run in self._folds:
            return None
        subject = parse_event(run_log.run_event("submitted"))
        try:
            event = decode(delivery.data, subject)
        except MalformedMessage:
            return None
        submitted = Recorded(seq=delivery.source_seq, time=delivery.queued, subject=subject, event=event)
        return self._remember(run_log.run, fold([submitted], RunState()))

    async def _over_at_once(self, run_log: Log, delivery: Delivery) -> RunState | None:
        """The state of a run whose only step took no turn, asked no model and was left alone by people: told without
        reading its log, for which the broker would have to search its stream. None: it has to be read."""
        begun = self._begun.pop(run_log.run, None)
        if begun is None or delivery.count > 1 or is_replicated(self._nc):
            return None
        if (state := begun.ended_by(run_log, delivery.source_seq, delivery.data)) is None:
            return None
        rest = (run_log.asks, run_log.calls, run_log.turns)
        return None if await holds_any(self._nc, run_log.stream, rest) else state

    async def _catch_up(self, run_log: Log, delivery: Delivery | None = None) -> RunState:
        """The run's state, with all that its log says, or at least what led to a delivery."""
        state = self._folds.get(run_log.run, RunState())
        if delivery and delivery.count == 1:
            likely = 1 if state.last_seq == 0 else EVENTS_OF_A_SHORT_STEP
            events = await read_events_to(
                self._nc, run_log.stream, run_log.all, state.last_seq, delivery.source_seq, likely
            )
        else:
            events = await read_events(self._nc, run_log.stream, run_log.all, state.last_seq)
        return self._remember(run_log.run, fold(events, state))

    async def _settle(self, run_log: Log, state: RunState) -> None:
        """Append what is missing until nothing is."""
        for _ in range(MAX_CONFLICTS):
            decisions = await self._decide(run_log.run, state)
            if not decisions:
                return
            try:
                appended = await self._append_all(run_log, state, decisions)
            except Conflict:
                state = await self._catch_up(run_log)
                continue
            if any(isinstance(decision, RunFinished) for decision in decisions):
                self._folds.pop(run_log.run, None)
                self._begun.pop(run_log.run, None)
                self._settled.pop(run_log.run, None)
            elif begun := short_run(state, appended):
                self._begun[run_log.run] = begun
            if not _calls_for_more(decisions):
                return
            state = await self._catch_up(run_log)
        raise Conflict(f"run {run_log.run} kept moving")

    async def _decide(self, run: str, state: RunState) -> list[Decision]:
        # Pools that were made after this process started: looked up where a role is unknown, or may be.
        submitted = state.submission
        if submitted and (state.edit or any(step.done and step.done.plan for step in state.steps.values())):
            self._pools = await known_pools(self._nc)
        if submitted and not state.steps and submitted.role not in self._pools:
            self._pools = await known_pools(self._nc)
        origin = await self._origin(state)
        return decide(run, state, self._pools, origin, steps_per_run=self._steps_per_run)

    async def _origin(self, state: RunState) -> RunState | None:
        """The run that this one was forked from, as long as there is no plan."""
        if state.steps or state.submission is None or state.submission.fork is None:
            return None
        fork = state.submission.fork
        # Where it cannot be, nobody may read: asking there would be waiting for an answer.
        there = is_token(fork.run) and fork.shard == shard_of(fork.run, self._shards)
        return await self._catch_up(Log(fork.run, fork.shard)) if there else None

    async def _append_all(self, run_log: Log, state: RunState, decisions: list[Decision]) -> list[Recorded]:
        # A step is made ready only after the plan that has it is stored: what the log says of a step that is in no
        # plan yet counts for nothing.
        ready = [decision for decision in decisions if isinstance(decision, StepReady)]
        others = [decision for decision in decisions if not isinstance(decision, StepReady)]
        appended = await self._append_in_order(run_log, state.last_decision, others)
        if len(ready) == 1:
            appended.append(await self._append_ready(run_log, state, ready[0]))  # without a task of its own
        else:
            appended += await _every_one(self._append_ready(run_log, state, decision) for decision in ready)
        for decision in decisions:
            if isinstance(decision, RunFinished):
                RUNS.add(decision.status)
            log.debug("run.decided", run=run_log.run, kind=decision.__struct_config__.tag)
        return appended

    async def _append_ready(self, run_log: Log, state: RunState, decision: StepReady) -> Recorded:
        step = state.steps.get(decision.spec.id)
        subject = run_log.ready(decision.spec.taken_by, decision.spec.id)
        return await self._append(subject, decision, step.ready_seq if step else 0)

    async def _append_in_order(self, run_log: Log, expected: int, decisions: list[_RunLevel]) -> list[Recorded]:
        appended: list[Recorded] = []
        for decision in decisions:
            subject = run_log.run_event(_TYPES[type(decision)])
            recorded = await self._append(subject, decision, expected, run_log.decisions)
            appended.append(recorded)
            expected = recorded.seq
        return appended

    async def _append(self, subject: str, decision: Decision, expected: int, log_of: str = "") -> Recorded:
        seq = await append(self._nc, subject, decision, expected=expected, log_of=log_of)
        return Recorded(seq=seq, time="", subject=parse_event(subject), event=decision)

    def _remember(self, run: str, state: RunState) -> RunState:
        self._folds[run] = state
        self._folds.move_to_end(run)
        if len(self._folds) > CACHED_RUNS:
            oldest, _ = self._folds.popitem(last=False)
            self._begun.pop(oldest, None)
            self._settled.pop(oldest, None)
        return state


async def _every_one(appends: Iterable[Coroutine[None, None, Recorded]]) -> list[Recorded]:
    """What all of them gave; raises, once all have ended, what the first that failed did."""
    results = await asyncio.gather(*appends, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if isinstance(result, Recorded)]


def _calls_for_more(decisions: list[Decision]) -> bool:
    """Whether what was appended may be the reason for more: a new plan for ready steps, a word for nothing yet."""
    return any(
        isinstance(decision, AskHeard)
        or (isinstance(decision, RunPlanned) and (decision.revision > 1 or decision.reason != ""))
        for decision in decisions
    )


def _why_not_a_submission(run_log: Log, delivery: Delivery) -> str:
    try:
        decode(delivery.data, parse_event(run_log.run_event("submitted")))
    except MalformedMessage as err:
        return err.message
    return "the run's log holds no submission that can be read"
