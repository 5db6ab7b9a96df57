"""The step's log as its attempts write it: fenced by the sequence each append expects (invariants I3, I4)."""

import contextlib
import secrets
from typing import Literal

import structlog
from nats.aio.client import Client

from mycoderai.broker.log import append, read_events
from mycoderai.broker.signs import show_sign
from mycoderai.schemas.errors import Conflict, Fenced
from mycoderai.schemas.events import AnyEvent, StepReleased, StepStarted
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.journal import JournalState, fold_journal, in_round

log = structlog.get_logger()
MAX_RACES = 10


class StepJournal:
    """`state` is what the log said of the round when this attempt began; its earlier attempts' turns are in it."""

    def __init__(self, nc: Client, run_log: Log, pool: str, step: str) -> None:
        self._nc = nc
        self._log = run_log
        self._pool = pool
        self._step = step
        self.state = JournalState()
        self.attempt = 0
        self._last_seq = 0

    async def begin(self, round_: int, worker: str, *, fresh: bool, max_attempts: int, answers: str = "") -> str:
        """Open the next attempt. Returns "started", "over" when the round has its outcome already, or "exhausted".

        fresh: nobody can have tried yet as far as the delivery tells, so try without reading first. answers: the
        question whose answer lets the step go on; one that waits for another is left alone ("over").
        """
        read = not fresh
        for _ in range(MAX_RACES):
            if read:
                await self.refresh()
            if self.state.round > round_ or (self.state.round == round_ and self.state.ended):
                return "over"
            if self.state.parked and self.state.parked.question.id != answers:
                return "over"
            self.attempt = self.state.attempt + 1
            exhausted = self.state.round == round_ and self.state.is_exhausted(max_attempts)
            try:
                # Two deliveries to one worker would store the same bytes, and one of them has to learn that it did not.
                started = StepStarted(attempt=self.attempt, round=round_, worker=worker)
                await self.append("started", started, id=secrets.token_hex(8))
            except Fenced:
                read = True
                continue
            self.state = in_round(self.state, round_)
            return "exhausted" if exhausted else "started"
        raise Conflict(f"step {self._step} of run {self._log.run} kept moving")

    async def append(self, type_: str, event: AnyEvent, *, id: str = "") -> int:
        """Store one event of this attempt. Raises Fenced when another attempt has begun: stop, and touch nothing."""
        subject = self._log.step_event(self._pool, self._step, type_)
        try:
            self._last_seq = await append(
                self._nc, subject, event, expected=self._last_seq, log_of=self._log.step(self._pool, self._step), id=id
            )
        except Conflict as err:
            raise Fenced(f"attempt {self.attempt} of step {self._step} is no longer the current one") from err
        show_sign()
        return self._last_seq

    async def release(self, reason: Literal["stopped", "interrupted"]) -> None:
        """Give the step back, so that this attempt is not held against it. Raises Fenced.

        The log is read first: an append that was broken off may have been stored, the step's outcome even.
        """
        for _ in range(MAX_RACES):
            await self.refresh()
            if self.state.attempt != self.attempt:
                raise Fenced(f"attempt {self.attempt} of step {self._step} is no longer the current one")
            if not self.state.at_work:
                return
            with contextlib.suppress(Fenced):
                await self.append("released", StepReleased(attempt=self.attempt, reason=reason))
                return
        raise Conflict(f"step {self._step} of run {self._log.run} kept moving")

    async def refresh(self) -> None:
        """Make `state` what the log says now."""
        events = await read_events(self._nc, self._log.stream, self._log.step(self._pool, self._step))
        self.state = fold_journal(events)
        self._last_seq = self.state.last_seq
