"""Going on from another run: what it had done counts, and one of its steps begins anew or at one of its turns. Pure."""

from mycoderai.schemas.events import Fork, RunPlanned, TakenOver
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.workers.core.plan import ancestors
from mycoderai.workers.core.state import RunState, StepState, StepStatus


def forked(fork: Fork, origin: RunState) -> RunPlanned | Failure:
    """The origin's plan, with what does not build on the step forked from taken over."""
    if fork.step not in origin.steps:
        known = ", ".join(origin.steps) or "none"
        return failure(FailureCode.BAD_SUBMISSION, f"Run {fork.run} has no step {fork.step!r}. Its steps: {known}.")
    specs = [step.spec for step in origin.steps.values()]
    before = ancestors(specs)
    taken = [
        _taken_over(step, origin)
        for id_, step in origin.steps.items()
        if step.status is StepStatus.DONE and id_ != fork.step and fork.step not in before[id_]
    ]
    return RunPlanned(steps=tuple(specs), reason=f"forked from {fork.run}", taken_over=tuple(taken))


def _taken_over(step: StepState, origin: RunState) -> TakenOver:
    done = step.done
    return TakenOver(
        step=step.spec.id,
        result=done.result if done else None,
        evidence=origin.proofs.get(done.evidence) if done else None,
        summary=done.summary if done else "",
    )
