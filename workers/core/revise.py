"""How a plan changes while it is carried out: proposals, edits, conflicts, reviews and failures. Pure."""

from collections.abc import Collection, Sequence

import msgspec

from mycoderai.schemas.events import AskHeard, EditAsked, RunSubmitted, StepSpec
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.plan import MAIN, PLANNER, RESOLVER, Acceptance
from mycoderai.workers.core.asks import too_late
from mycoderai.workers.core.plan import arrange, problems, renamed, unused
from mycoderai.workers.core.routing import OWN_ROLES_POOL, no_pool, routed, unserved
from mycoderai.workers.core.state import RunState, StepState, StepStatus

MAX_REPLANS = 2
MAX_REVIEWS = 2


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The plan from here on."""

    steps: tuple[StepSpec, ...]
    reason: str
    proposed: bool = False
    """By a planner: a person may want to see it first."""
    ask: int | None = None
    """The ask it answers."""
    by: str = ""


def revise(state: RunState, submission: RunSubmitted, pools: Collection[str]) -> Revision | Failure | AskHeard | None:
    """The one change that is due, the failure that ends the run instead, or None."""
    roles = {*pools, *submission.roles} - {PLANNER}
    if state.edit is not None:
        return _edited(state, state.edit, roles, pools)
    if state.denied is not None:
        said = state.denied.text
        if not said or not _was_planned(state):
            return failure(FailureCode.DENIED, f"{state.denied.by or 'A person'} denied the plan. {said}".strip())
        return _plan_again(state, submission, f"A person denied the plan: {said}")
    for step in state.steps.values():
        if step.done and step.spec.id not in state.adopted:
            if step.done.plan:
                return _adopted(state, step, step.done.plan, roles, pools)
            if step.done.verdict == "changes":
                return _after_review(state, submission, step)
    return _after_failure(state, submission)


def _adopted(
    state: RunState, proposer: StepState, proposal: Sequence[StepSpec], roles: Collection[str], pools: Collection[str]
) -> Revision | Failure:
    if proposer.spec.role != PLANNER and proposer.spec.id != MAIN:
        # Else a pool whose steps all propose steps would never come to an end.
        said = f"Step {proposer.spec.id} proposed a plan, but only planners and the first step may."
        return failure(FailureCode.BAD_PLAN, said)
    # What the proposer knew is kept as far as it has begun; what was only planned gives way.
    kept = [step.spec for step in state.steps.values() if _has_begun(step)]
    kept = [_without_code(spec) if spec.id == proposer.spec.id else spec for spec in kept]
    taken = {*state.begun, *(spec.id for spec in kept)}
    steps = renamed(proposal, taken)
    if wrong := problems(steps, roles, {spec.id for spec in kept}):
        return failure(FailureCode.BAD_PLAN, f"The plan cannot be carried out. {' '.join(wrong[:3])}")
    if nobody := no_pool(steps, pools):
        return nobody
    arranged = renamed(arrange(routed(steps, pools), kept), taken)
    return Revision(steps=(*kept, *arranged), reason=f"proposed by {proposer.spec.id}", proposed=True)


def _edited(state: RunState, edit: EditAsked, roles: Collection[str], pools: Collection[str]) -> Revision | AskHeard:
    begun = [step.spec for step in state.steps.values() if step.status is not StepStatus.PENDING]
    kept = [spec for spec in edit.steps if spec in begun]
    fresh = [spec for spec in edit.steps if spec not in begun]
    # What was in time when it was asked may have been overtaken: a step was made ready before the edit was read.
    wrong = [reason] if (reason := too_late(state, edit)) else []
    if not wrong and (fresh or not kept):
        wrong = problems(fresh, roles, {spec.id for spec in kept})
    if wrong := wrong or unserved(fresh, pools):
        return AskHeard(ask=state.edit_seq, accepted=False, what="edit", reason=" ".join(wrong[:3]), by=edit.by)
    steps = (*kept, *renamed(arrange(routed(fresh, pools), kept), state.begun))
    return Revision(steps=steps, reason=f"edited by {edit.by or 'somebody'}", ask=state.edit_seq, by=edit.by)


def _after_failure(state: RunState, submission: RunSubmitted) -> Revision | Failure | None:
    for step in state.steps.values():
        if step.status is not StepStatus.FAILED or step.may_retry:
            continue
        reason = step.failure or failure(FailureCode.HANDLER_ERROR)
        if reason.code is FailureCode.MERGE_CONFLICT and len(step.spec.needs) > 1 and step.spec.role != RESOLVER:
            return _resolved_first(state, step, reason)
        final = reason.code is FailureCode.REPLAY_DIVERGED or step.spec.role == PLANNER
        if final or not _was_planned(state) or _count(state, PLANNER) > MAX_REPLANS:
            return reason
        return _plan_again(state, submission, f"Step {step.spec.id} failed ({reason.code}): {reason.message}")
    return None


def _resolved_first(state: RunState, step: StepState, conflict: Failure) -> Revision:
    """A resolver merges by hand what the step builds on; the step then starts from that."""
    resolver = StepSpec(
        id=unused(f"resolve-{step.spec.id}"[:60], _names(state)),
        role=RESOLVER,
        goal=f"Results that step {step.spec.id} builds on touch the same lines. Resolve the conflict markers in the "
        f"files so that what each side wanted is kept. {conflict.message}",
        needs=step.spec.needs,
        accept=Acceptance(check="suite" if step.spec.accept.check == "suite" else "no_regression"),
    )
    after = msgspec.structs.replace(step.spec, needs=(resolver.id,))
    steps = [
        spec
        for other in state.steps.values()
        for spec in ((resolver, after) if other.spec.id == step.spec.id else (other.spec,))
    ]
    return Revision(steps=tuple(steps), reason=f"what {step.spec.id} builds on does not merge by itself")


def _after_review(state: RunState, submission: RunSubmitted, review: StepState) -> Revision | Failure:
    said = review.done.summary if review.done else ""
    if _count(state, review.spec.role) > MAX_REVIEWS:
        return failure(FailureCode.REVIEW_REJECTED, f"After {MAX_REVIEWS} more rounds the review still says: {said}")
    fix = StepSpec(
        id=unused("fix-review", _names(state)),
        role=OWN_ROLES_POOL,
        goal=f"{submission.task}\n\nA review of the work so far asks for changes:\n{said}",
        needs=(review.spec.id,),
    )
    again = msgspec.structs.replace(
        review.spec, id=unused(review.spec.id, {*_names(state), fix.id}), needs=(fix.id,), goal=review.spec.goal
    )
    moved = [_needing(spec, review.spec.id, again.id) for spec in _specs(state)]
    return Revision(steps=(*moved, fix, again), reason=f"{review.spec.id} asked for changes")


def _plan_again(state: RunState, submission: RunSubmitted, why: str) -> Revision:
    kept = [step.spec for step in state.steps.values() if _has_begun(step) and step.status is not StepStatus.FAILED]
    planner = StepSpec(
        id=unused("plan", _names(state)),
        role=PLANNER,
        goal=f"{submission.task}\n\nPlan again what is left. {why}\n{_so_far(state)}",
        accept=Acceptance(check="none"),
    )
    return Revision(steps=(*kept, planner), reason=why)


def _so_far(state: RunState) -> str:
    lines = [
        f"- {step.spec.id} ({step.spec.role}): {step.status}" + (f": {step.done.summary}" if step.done else "")
        for step in state.steps.values()
        if step.spec.role != PLANNER
    ]
    return "\n".join(["Steps so far; new ones may need those that are done or running:", *lines]) if lines else ""


def _has_begun(step: StepState) -> bool:
    return step.status is not StepStatus.PENDING and step.status is not StepStatus.FAILED


def _without_code(spec: StepSpec) -> StepSpec:
    """A step that handed over a plan instead of code."""
    return msgspec.structs.replace(spec, accept=Acceptance(check="none"))


def _needing(spec: StepSpec, old: str, new: str) -> StepSpec:
    if old not in spec.needs:
        return spec
    return msgspec.structs.replace(spec, needs=tuple(new if need == old else need for need in spec.needs))


def _specs(state: RunState) -> list[StepSpec]:
    return [step.spec for step in state.steps.values()]


def _names(state: RunState) -> set[str]:
    """Names no new step may have."""
    return {*state.steps, *state.begun}


def _was_planned(state: RunState) -> bool:
    return _count(state, PLANNER) > 0


def _count(state: RunState, role: str) -> int:
    return sum(step.spec.role == role for step in state.steps.values())
