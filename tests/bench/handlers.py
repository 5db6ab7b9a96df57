"""Step handlers the benchmarks bring along, found by `--handler handlers:NAME`."""

import asyncio
import time

from harness import POOL

from mycoderai.schemas.chat import Message, ModelRequest, ToolCall, Usage
from mycoderai.schemas.events import StepTurn
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.plan import PLANNER, Acceptance, StepSpec
from mycoderai.workers.agents.services import chat
from mycoderai.workers.handler import Done, Outcome, StepContext

STEPS_IN_A_ROW = 20
TURN_EVERY_S = 2.0
CODE = Checkpoint(commit="c" * 40, tree="1" * 40)


async def stamp(step: StepContext) -> Outcome:
    """As `noop`, but tells when it was called: in the server's clock, to compare with what the server stamped."""
    return Done(summary=str(time.time()))


async def hold(step: StepContext) -> Outcome:
    """The first attempt never ends by itself; the second one tells when it was called."""
    if step.attempt == 1:
        await asyncio.Event().wait()
    return Done(summary=str(time.monotonic()))


async def in_a_row(step: StepContext) -> Outcome:
    """As a planner, plans steps each of which needs the one before; the steps do nothing."""
    if step.spec.role != PLANNER:
        return Done()
    names = [f"step-{number}" for number in range(1, STEPS_IN_A_ROW + 1)]
    needs = [(), *((name,) for name in names)]
    nothing = Acceptance(check="none")
    plan = tuple(
        StepSpec(id=name, role=POOL, goal="nothing", needs=needed, accept=nothing)
        for name, needed in zip(names, needs, strict=False)
    )
    return Done(summary="a row", plan=plan)


async def ask_model(step: StepContext) -> Outcome:
    """As an agent that asks its model once."""
    request = ModelRequest(
        call=f"{step.step}-1",
        run=step.run,
        step=step.step,
        shard=step.shard,
        model=step.submission.model,
        messages=(Message(role="user", content=step.spec.goal),),
        seconds_left=60.0,
    )
    answer = await chat(step.nc, request)
    return Done(summary=answer.message.content)


async def take_turns(step: StepContext) -> Outcome:
    """As an agent that takes a turn every two seconds, for as long as it is left alone."""
    number = 0
    while True:
        await asyncio.sleep(TURN_EVERY_S)
        number += 1
        await step.journal.append("turn", _turn(step.attempt, number))


def _turn(attempt: int, number: int) -> StepTurn:
    """Two kilobytes: a command, and what it printed."""
    call = ToolCall(id=f"call-{number}", name="bash", arguments='{"command": "pytest -q"}')
    said = Message(role="assistant", content=f"Let me run the tests again, turn {number}.", tool_calls=(call,))
    output = "tests/test_shop.py::test_total PASSED\n" * 40
    return StepTurn(
        attempt=attempt,
        turn=number,
        message=said,
        results=(ToolResult(call=call.id, name="bash", output=output, exit_code=0),),
        usage=Usage(input_tokens=4000, output_tokens=100, cost_usd=0.01),
        checkpoint=CODE,
    )
