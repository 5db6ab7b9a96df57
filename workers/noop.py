"""A handler that does nothing: what the benchmarks measure the fleet with."""

from mycoderai.workers.handler import Done, Outcome, StepContext


async def run_step(step: StepContext) -> Outcome:
    return Done(summary=f"Nothing was asked of step {step.step}.")
