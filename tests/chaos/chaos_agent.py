"""A handler that works through the real journal, has effects on a world outside of the fleet, and has its whims.

What a step does is drawn from the run, the step and its round, so that every attempt is about the same work; how an
attempt goes wrong is drawn from the attempt. The task names a trouble that the step makes on purpose.
"""

import asyncio
import math
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from witness import Witness

from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import AnyEvent, StepSpec, StepTurn
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.plan import PLANNER, Acceptance
from mycoderai.workers.handler import Done, Outcome, StepContext

WITNESS = "CHAOS_WITNESS"
"""Names the file of the witness."""
WHIMS = "work"
"""The task of steps that stumble and hang now and then."""
LONG = "long"
"""The task of steps that somebody watches for a while."""
LONG_TURNS, LONG_TURN_S = 25, 0.08
STUMBLES, HANGS = 0.02, 0.01
SHORTEST_S, LONGEST_S = 0.005, 0.2
HERE = Checkpoint(commit="0" * 40, tree="0" * 40)


class Stumbled(Exception):
    """A bug of the handler's own."""


async def run_step(step: StepContext) -> Outcome:
    if step.spec.role == PLANNER:
        return Done(summary="planned", plan=_proposal(step))
    make_trouble = TROUBLES.get(step.submission.task, _none)
    await make_trouble(step)
    lasting = _turns(step)
    await _whim(step)
    for turn in range(len(step.journal.state.turns) + 1, len(lasting) + 1):
        await asyncio.sleep(lasting[turn - 1])
        call = call_id(step, turn)
        _witness().saw(step, turn, call)
        if step.submission.task == "die after the effect" and step.attempt == min(turn, 2):
            _die()
        await step.journal.append("turn", _turn(step, turn, call))
    return Done(summary=f"{len(lasting)} turns")


def call_id(step: StepContext, turn: int) -> str:
    """As agents name their calls: not after the attempt, so that a repeated one is the same."""
    return f"{step.ready.round}-{turn}-0"


def _drawn(step: StepContext, attempt: int = 0) -> random.Random:
    return random.Random(f"{step.run}/{step.step}/{step.ready.round}/{attempt}")  # noqa: S311


def _turns(step: StepContext) -> list[float]:
    """How long each turn takes."""
    if step.submission.task == LONG:
        return [LONG_TURN_S] * LONG_TURNS
    rng = _drawn(step)
    return [_lasting_s(rng) for _ in range(rng.randint(1, 5))]


def _lasting_s(rng: random.Random) -> float:
    """Log-normal."""
    return min(max(rng.lognormvariate(math.log(0.03), 1.0), SHORTEST_S), LONGEST_S)


async def _whim(step: StepContext) -> None:
    if step.submission.task != WHIMS:
        return
    drawn = _drawn(step, step.attempt).random()
    if drawn < STUMBLES:
        raise Stumbled
    if drawn < STUMBLES + HANGS and step.attempt == 1:
        await asyncio.Event().wait()


def _turn(step: StepContext, turn: int, call: str) -> StepTurn:
    said = Message(role="assistant", content=f"turn {turn}")
    result = ToolResult(call=call, name="effect", output="")
    return StepTurn(attempt=step.attempt, turn=turn, message=said, results=(result,), checkpoint=HERE)


def _proposal(step: StepContext) -> tuple[StepSpec, ...]:
    rng = _drawn(step)
    names = [f"s{number}" for number in range(rng.randint(2, 6))]
    return tuple(
        StepSpec(
            id=name,
            role="coder",
            goal=name,
            needs=tuple(need for need in names[:place] if rng.random() < 0.4),
            accept=Acceptance(check="none"),
        )
        for place, name in enumerate(names)
    )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _witness() -> Witness:
    if "witness" not in _opened:
        _opened["witness"] = Witness(Path(os.environ[WITNESS]))
    return _opened["witness"]


_opened: dict[str, Witness] = {}


async def _none(step: StepContext) -> None:
    pass


async def _poison(step: StepContext) -> None:
    _die()


async def _die_after_the_result(step: StepContext) -> None:
    """The outcome is stored, and the delivery is not acknowledged."""
    store: Callable[..., object] = step.journal.append

    async def append(type_: str, event: AnyEvent, *, id: str = "") -> int:
        seq: int = await store(type_, event, id=id)  # type: ignore[misc]
        if type_ == "done":
            _die()
        return seq

    if step.attempt == 1:
        step.journal.append = append  # type: ignore[method-assign]


async def _block(step: StepContext) -> None:
    if step.attempt == 1:
        time.sleep(600)  # noqa: ASYNC251


async def _hang(step: StepContext) -> None:
    if step.attempt == 1:
        await asyncio.Event().wait()


TROUBLES = {
    "poison": _poison,
    "die after the result": _die_after_the_result,
    "block the event loop": _block,
    "hang": _hang,
}
