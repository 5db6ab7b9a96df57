"""A step handler that works through the real journal, and a witness that nobody of the fleet can talk to.

What a step does is drawn from the seed, the run, the step and its round, so that every attempt is about the same work.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from typing import NamedTuple

from mycoderai.broker.log import append
from mycoderai.schemas.chat import Message
from mycoderai.schemas.errors import Conflict
from mycoderai.schemas.events import EvidenceRecorded, Question, StepSpec, StepTurn
from mycoderai.schemas.execution import Checkpoint, Evidence, Isolation, TestCounts
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.plan import PLANNER, TESTER, Acceptance
from mycoderai.workers.handler import Done, Failed, Outcome, Parked, StepContext

START = Checkpoint(commit="0" * 40, tree="0" * 40)
COUNTS = TestCounts(passed=1, total=1)
BOX = Isolation(level="simulated")


class Stumbled(Exception):
    """A bug of the handler's own."""


class Effect(NamedTuple):
    run: str
    step: str
    round: int
    turn: int


class Witness:
    """Every effect on the outside world, written down when it happens: which attempt caused it."""

    def __init__(self) -> None:
        self.effects: defaultdict[Effect, list[int]] = defaultdict(list)

    def saw(self, step: StepContext, turn: int) -> None:
        self.effects[Effect(step.run, step.step, step.ready.round, turn)].append(step.attempt)


class Behaviour(NamedTuple):
    turns: int
    think_s: float
    park_after: int
    """The turn after which a person is asked; 0: none."""
    ends: str


class Agent:
    def __init__(self, seed: int, witness: Witness) -> None:
        self._seed = seed
        self._witness = witness

    async def __call__(self, step: StepContext) -> Outcome:
        rng = random.Random(f"{self._seed}/{step.run}/{step.step}/{step.ready.round}")  # noqa: S311
        plan = _behaviour(rng, step)
        for turn in range(len(step.journal.state.turns) + 1, plan.turns + 1):
            await asyncio.sleep(plan.think_s)
            self._witness.saw(step, turn)
            await asyncio.sleep(0.01)
            await step.journal.append("turn", _turn(step, turn))
            if turn == plan.park_after:
                id_ = f"{step.step}-{step.ready.round}-{turn}-{step.attempt}"
                return Parked(question=Question(id=id_, kind=rng.choice(("question", "approval", "paused")), text="?"))
        return await self._end(step, plan, rng)

    async def _end(self, step: StepContext, plan: Behaviour, rng: random.Random) -> Outcome:
        match plan.ends:
            case "stumbles":
                raise Stumbled
            case "fails" | "gives up":
                why = Failure(code=FailureCode.HANDLER_ERROR, message="no", retryable=plan.ends == "fails")
                return Failed(failure=why)
        if step.spec.role == PLANNER:
            return Done(summary="planned", plan=_proposal(rng))
        if step.spec.accept.check == "none":
            return Done(summary="looked")
        return await _hand_in(step)


def _behaviour(rng: random.Random, step: StepContext) -> Behaviour:
    turns = rng.randint(1, 3)
    park_after = rng.randint(1, turns) if rng.random() < 0.12 else 0
    ends = rng.choices(("well", "fails", "stumbles", "gives up"), (84, 8, 5, 3))[0]
    think_s = rng.choice((0.02, 0.2, 1.0)) if rng.random() < 0.95 else 13.0
    if step.spec.role == PLANNER:
        turns, park_after = 1, 0
    return Behaviour(turns, think_s, park_after, ends)


def _turn(step: StepContext, turn: int) -> StepTurn:
    said = Message(role="assistant", content=f"turn {turn}")
    return StepTurn(attempt=step.attempt, turn=turn, message=said, checkpoint=START)


def _proposal(rng: random.Random) -> tuple[StepSpec, ...]:
    names = [f"s{number}" for number in range(rng.randint(1, 4))]
    return tuple(
        StepSpec(
            id=name,
            role=rng.choice(("coder", "coder", TESTER)),
            goal=name,
            needs=tuple(need for need in names[:place] if rng.random() < 0.4),
            accept=Acceptance(check=rng.choice(("none", "no_regression"))),
        )
        for place, name in enumerate(names)
    )


async def _hand_in(step: StepContext) -> Done:
    """As an executor records what it saw: once for a tree, whoever asks."""
    id_ = f"e-{step.step}-{step.ready.round}"
    result = Checkpoint(commit=f"c-{step.run}-{id_}", tree=f"t-{id_}")
    seen = Evidence(
        id=id_,
        tree=result.tree,
        commit=result.commit,
        base_tree=START.tree,
        command="pytest",
        exit_code=0,
        tests=COUNTS,
        check=step.spec.accept.check,
        isolation=BOX,
    )
    with contextlib.suppress(Conflict):  # an earlier attempt had the same tree seen
        await append(step.nc, step.log.proof(step.step, id_), EvidenceRecorded(evidence=seen), expected=0)
    return Done(summary="done", result=result, evidence=id_)
