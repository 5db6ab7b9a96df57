"""Step handlers the benchmarks bring along, found by `--handler handlers:NAME`."""

import asyncio
import time

from mycoderai.workers.handler import Done, Outcome, StepContext


async def stamp(step: StepContext) -> Outcome:
    """As `noop`, but tells when it was called: in the server's clock, to compare with what the server stamped."""
    return Done(summary=str(time.time()))


async def hold(step: StepContext) -> Outcome:
    """The first attempt never ends by itself; the second one tells when it was called."""
    if step.attempt == 1:
        await asyncio.Event().wait()
    return Done(summary=str(time.monotonic()))
