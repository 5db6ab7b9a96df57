"""Faults put into the code on purpose. The verdicts are worth something as long as each of these is found."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from mycoderai.broker.consume import Delivery
from mycoderai.broker.log import append
from mycoderai.workers import journal, orchestrator
from mycoderai.workers.journal import StepJournal
from mycoderai.workers.memory.repository import Batch
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.steps import StepWorker
from tests.sim.memory import MemoryFile

Real = Callable[..., Any]


class Mutation(NamedTuple):
    name: str
    invariant: str
    """Of the design, that it breaks."""
    found_by: str
    """The verdict that must say so; others may, too."""
    owner: Any
    attribute: str
    make: Callable[[Real], Real]


@contextmanager
def applied(mutation: Mutation) -> Iterator[None]:
    with patch.object(mutation.owner, mutation.attribute, mutation.make(getattr(mutation.owner, mutation.attribute))):
        yield


def _ack_first(handle: Real) -> Real:
    async def mutated(self: Orchestrator, delivery: Delivery) -> None:
        await delivery.ack()
        await asyncio.sleep(0)
        await handle(self, delivery)

    return mutated


def _without_expectation(real: Real) -> Real:
    async def mutated(nc: Any, subject: str, event: Any, **options: Any) -> int:
        return int(await append(nc, subject, event, **options | {"expected": None}))

    return mutated


def _journal_forgotten(begin: Real) -> Real:
    async def mutated(self: StepJournal, *args: Any, **options: Any) -> str:
        begun = await begin(self, *args, **options)
        self.state = type(self.state)(attempt=self.state.attempt, last_seq=self.state.last_seq)
        return str(begun)

    return mutated


def _position_first(apply: Real) -> Real:
    async def mutated(self: MemoryFile, batch: Batch) -> int:
        before = self.position_of(batch.stream)
        self.move(batch.stream, batch.position)
        await asyncio.sleep(0)
        self.move(batch.stream, before)
        return int(await apply(self, batch))

    return mutated


def _ack_first_of_step(attempt: Real) -> Real:
    async def mutated(self: StepWorker, delivery: Delivery, *more: Any) -> None:
        await delivery.ack()
        await attempt(self, delivery, *more)

    return mutated


MUTATIONS = (
    Mutation("acknowledge before the decision is stored", "I2", "O7", Orchestrator, "handle", _ack_first),
    Mutation("acknowledge before the outcome is stored", "I2", "O7", StepWorker, "_attempt", _ack_first_of_step),
    Mutation("decide without expectation", "I3", "O3", orchestrator, "append", _without_expectation),
    Mutation("append to a step's log without expectation", "I4", "O3", journal, "append", _without_expectation),
    Mutation("move memory's position before its rows", "I5", "O5", MemoryFile, "apply", _position_first),
    Mutation("resume without the journal", "I6", "O4", StepJournal, "begin", _journal_forgotten),
)
