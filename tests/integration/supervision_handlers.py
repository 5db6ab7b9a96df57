"""Step handlers of the tests of supervision, found by `--handler supervision_handlers:NAME`."""

import asyncio
import os
import time
from pathlib import Path

from mycoderai.schemas.chat import Message
from mycoderai.schemas.errors import Fenced
from mycoderai.schemas.events import StepTurn
from mycoderai.schemas.execution import Checkpoint
from mycoderai.workers import runtime
from mycoderai.workers.handler import Done, Outcome, StepContext

runtime.DRAIN_S = 0.2
runtime.RELEASE_S = 30.0  # over as soon as the step is given back


async def hold(step: StepContext) -> Outcome:
    """The first attempt journals a turn and never ends; the next says how many turns it found."""
    if step.attempt == 1:
        await step.journal.append("turn", turn_of(step, 1))
        await asyncio.Event().wait()
    return Done(summary=f"{len(step.journal.state.turns)} turns")


async def block(step: StepContext) -> Outcome:
    """The first attempt blocks the event loop."""
    if step.attempt == 1:
        time.sleep(600)  # noqa: ASYNC251
    return Done()


async def write_until_fenced(step: StepContext) -> Outcome:
    """The first attempt writes one turn after the other until that is refused, tells the second by a FIFO, and keeps
    its worker busy: the leases are short, and it might take the step again."""
    fifo = Path(os.environ["SUPERVISION_FIFO"])
    if step.attempt > 1:
        return Done(summary=await asyncio.to_thread(fifo.read_text))
    number = 0
    while True:
        number += 1
        try:
            await step.journal.append("turn", turn_of(step, number))
        except Fenced:
            await asyncio.to_thread(fifo.write_text, "refused")
            await asyncio.Event().wait()


async def at_once(step: StepContext) -> Outcome:
    return Done(summary=f"worked in {os.getpid()}")


async def until_told(step: StepContext) -> Outcome:
    """Works until something is written into a FIFO."""
    await asyncio.to_thread(Path(os.environ["SUPERVISION_FIFO"]).read_text)
    return Done(summary=f"worked in {os.getpid()}")


def turn_of(step: StepContext, number: int) -> StepTurn:
    checkpoint = Checkpoint(commit="c", tree="t")
    return StepTurn(attempt=step.attempt, turn=number, message=Message(role="assistant"), checkpoint=checkpoint)
