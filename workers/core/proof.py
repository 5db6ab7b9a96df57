"""Whether a finished step is believed (invariant I7): only an executor's record about the very tree and commit that
are handed over counts, and only for the check the plan asks for. Pure."""

from collections.abc import Mapping

from mycoderai.schemas.execution import Checkpoint, Evidence
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.plan import Acceptance
from mycoderai.workers.core.state import StepState


def unproven(step: StepState, proofs: Mapping[str, Evidence]) -> Failure | None:
    """Why a step that hands over code is not believed; None when it is, or hands over none."""
    done = step.done
    if done is None or done.result is None:
        return None
    evidence = proofs.get(done.evidence)
    if evidence and _shows(evidence, done.result, step.spec.accept):
        return None
    return failure(
        FailureCode.GATE_REFUSED,
        f"Step {step.spec.id} said it was done, but no executor saw what it was to be accepted by "
        f"({step.spec.accept.check}) on the tree it handed over.",
    )


def _shows(evidence: Evidence, result: Checkpoint, accept: Acceptance) -> bool:
    if (evidence.tree, evidence.commit) != (result.tree, result.commit):
        return False
    green = evidence.exit_code == 0 and evidence.tests.not_green == 0
    return green if accept.check == "suite" else evidence.check == accept.check or green
