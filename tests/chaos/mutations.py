"""Faults put into the code of the worker processes on purpose, each against one promise of the design: the verdicts
are worth something as long as each of these is found. The simulation has mutations of its own (tests/sim)."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

MUTATION = "CHAOS_MUTATION"
"""The variable that names the one a worker process begins with."""
Real = Callable[..., Any]


class Mutation(NamedTuple):
    invariant: str
    said: str
    case: str
    """The test that has to find it."""
    found_as: tuple[str, ...]
    apply: Callable[[], None]


def _acknowledge_first() -> None:
    from mycoderai.workers.orchestrator import Orchestrator

    handle = Orchestrator.handle

    async def mutated(self: Orchestrator, delivery: Any) -> None:
        await delivery.ack()
        await asyncio.sleep(0.1)  # as on a slow disk
        await handle(self, delivery)

    Orchestrator.handle = mutated  # type: ignore[method-assign]


def _decide_without_expectation() -> None:
    from mycoderai.workers import orchestrator

    orchestrator.append = _without_expectation(orchestrator.append)


def _journal_without_expectation() -> None:
    from mycoderai.workers import journal

    journal.append = _without_expectation(journal.append)


def _without_expectation(append: Real) -> Real:
    async def mutated(nc: Any, subject: str, event: Any, **options: Any) -> int:
        return int(await append(nc, subject, event, **options | {"expected": None}))

    return mutated


def _call_ids_of_the_attempt() -> None:
    import chaos_agent

    chaos_agent.call_id = lambda step, turn: f"{step.attempt}-{turn}-0"


def _begin_from_scratch() -> None:
    from mycoderai.workers.journal import StepJournal

    begin = StepJournal.begin

    async def mutated(self: StepJournal, *args: Any, **options: Any) -> str:
        begun = await begin(self, *args, **options)
        self.state = type(self.state)(attempt=self.state.attempt, last_seq=self.state.last_seq)
        return begun

    StepJournal.begin = mutated  # type: ignore[method-assign]


def _resume_at_the_end() -> None:
    from mycoderai.gateway.watching import Watching

    enter = Watching._enter

    def mutated(self: Watching, browser: Any, name: str, rooms: dict[str, tuple[Any, int]]) -> None:
        enter(
            self, browser, name, {key: (room, max(cursor, room.source.head)) for key, (room, cursor) in rooms.items()}
        )

    Watching._enter = mutated  # type: ignore[method-assign]


MUTATIONS = {
    "ack-first": Mutation(
        "I2",
        "an orchestrator acknowledges a command before its decision is stored",
        "orchestrators killed",
        ("O2", "O7"),
        _acknowledge_first,
    ),
    "decide-blindly": Mutation(
        "I3",
        "an orchestrator appends without the sequence it expects",
        "repeated and reordered appends",
        ("O2", "O6"),
        _decide_without_expectation,
    ),
    "no-fence": Mutation(
        "I4",
        "an attempt appends to its step's log without the sequence it expects",
        "a zombie",
        ("O3",),
        _journal_without_expectation,
    ),
    "ids-of-attempts": Mutation(
        "I5",
        "calls are named after the attempt, so that a repeated one is another one",
        "killed between effect and result",
        ("O4",),
        _call_ids_of_the_attempt,
    ),
    "from-scratch": Mutation(
        "I6",
        "an attempt begins with the first turn instead of after the last journaled one",
        "killed between effect and result",
        ("O4",),
        _begin_from_scratch,
    ),
    "resume-at-the-end": Mutation(
        "O8",
        "a gateway goes on at the newest event instead of where the browser is",
        "gateways and the broker killed",
        ("O8",),
        _resume_at_the_end,
    ),
}
