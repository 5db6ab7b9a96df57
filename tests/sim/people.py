"""The people: they submit, ask, and answer what is asked of them. The ledger says what they were told."""

import asyncio
import random
from typing import NamedTuple

import nats.errors
from nats.aio.client import Client as NatsClient

from mycoderai.broker.log import Raw, append
from mycoderai.schemas.errors import MalformedMessage, MycoderError
from mycoderai.schemas.events import (
    AnyEvent,
    ApproveAsked,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
)
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.run import RunState, fold
from tests.sim.scenario import Ask, Scenario, Work
from tests.sim.server import Server

LOOKS_EVERY_S = 2.0


class Told(NamedTuple):
    """What somebody was told is stored."""

    stream: str
    seq: int
    subject: str


class People:
    """They see the log as it is; what they say goes through a connection like anybody's."""

    def __init__(self, plan: Scenario, server: Server, rng: random.Random) -> None:
        self._plan = plan
        self._server = server
        self._rng = rng
        self.ledger: list[Told] = []
        self.busy = True
        self._states: dict[str, RunState] = {}

    def log(self, run: str) -> Log:
        return Log(run, shard_of(run, self._plan.shards))

    def state(self, run: str) -> RunState:
        log = self.log(run)
        stream = self._server.streams[log.stream]
        known = self._states.get(run, RunState())
        messages = stream.read(log.all, known.last_seq + 1, stream.last_seq)
        self._states[run] = fold((Raw(it.seq, it.time, it.subject, it.data).parse() for it in messages), known)
        return self._states[run]

    async def main(self, nc: NatsClient) -> None:
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(self._answer_questions(nc))
            submitting = [group.create_task(self._submit(nc, work)) for work in self._plan.works]
            asking = [group.create_task(self._ask(nc, ask)) for ask in self._plan.asks]
            await asyncio.wait({*submitting, *asking})
            self.busy = False
            await answering

    async def _submit(self, nc: NatsClient, work: Work) -> None:
        await asyncio.sleep(work.at)
        await self._say(nc, self.log(work.run).run_event("submitted"), work.submission, expected=0)

    async def _ask(self, nc: NatsClient, ask: Ask) -> None:
        await asyncio.sleep(ask.at)
        state = self.state(ask.run)
        step = self._rng.choice([*state.steps, "main"])
        event: AnyEvent
        match ask.what:
            case "cancel":
                event = CancelAsked()
            case "message":
                event = MessageAsked(step=step, text="mind the gap")
            case "pause":
                event = PauseAsked()
            case "retry":
                event = RetryAsked(step=step)
            case "deny":
                event = DenyAsked(question=next(iter(_questions(state)), "none"))
            case _:
                specs = [step.spec for step in state.steps.values() if step.round or self._rng.random() < 0.7]
                event = EditAsked(revision=state.revision, steps=tuple(specs))
        await self._say(nc, self.log(ask.run).ask(ask.what), event)

    async def _answer_questions(self, nc: NatsClient) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            for work in self._plan.works:
                state = self.state(work.run)
                if state.finished:
                    continue
                if state.paused:
                    await self._say(nc, self.log(work.run).ask("resume"), ResumeAsked())
                for question in _questions(state):
                    await self._say(nc, self.log(work.run).ask("approve"), ApproveAsked(question=question))

    async def _say(self, nc: NatsClient, subject: str, event: AnyEvent, expected: int | None = None) -> None:
        try:
            seq = await append(nc, subject, event, expected=expected)
        except (MycoderError, nats.errors.Error, MalformedMessage):
            return  # not told that it is stored; it may be
        stream = self._server.streams[self.log(subject.split(".")[2]).stream]
        self.ledger.append(Told(stream.name, seq, subject))


def _questions(state: RunState) -> list[str]:
    open_ = [step.question.id for step in state.steps.values() if step.question and not step.answer]
    return [*([state.plan_question] if state.waits else []), *open_]
