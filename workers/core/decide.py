"""What an orchestrator appends next, given what a run's log says. Pure, so that two orchestrators agree."""

from collections.abc import Collection

from mycoderai.schemas.events import Answer, AskHeard, RunFinished, RunPlanned, RunSubmitted, StepReady, StepSpec
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.plan import MAIN, PLANNER, TESTER, Acceptance
from mycoderai.workers.core.fork import forked
from mycoderai.workers.core.plan import final_step
from mycoderai.workers.core.proof import unproven
from mycoderai.workers.core.revise import Revision, revise
from mycoderai.workers.core.state import RunState, StepState, StepStatus

Decision = RunPlanned | RunFinished | StepReady | AskHeard
_ACTIVE = (StepStatus.READY, StepStatus.RUNNING)


def decide(
    run: str, state: RunState, pools: Collection[str], origin: RunState | None = None, *, steps_per_run: int = 0
) -> list[Decision]:
    """The events missing from the log: deciding again after they were appended yields nothing.

    pools: names some worker could take steps from. origin: what the run this one was forked from came to; needed
    only until there is a plan. steps_per_run: how many steps a run may have in the queues and at work, whatever it
    asks for, so that others come to their turn; 0: as many as it asks for.
    """
    submission = state.submission
    if submission is None or state.finished is not None:
        return []
    if state.cancel is not None:
        return [_cancelled(state)]
    words: list[Decision] = list(state.unheard.values())
    share = min(submission.max_parallel, steps_per_run or submission.max_parallel)
    return words + _next(run, state, submission, pools, origin, share)


def _next(
    run: str, state: RunState, submission: RunSubmitted, pools: Collection[str], origin: RunState | None, share: int
) -> list[Decision]:
    if not state.steps and submission.fork:
        plan = forked(submission.fork, origin or RunState())
        return [_failed(state, plan) if isinstance(plan, Failure) else plan]
    if not state.steps:
        return _first_plan(state, submission, pools)
    if lost := _lost_for_good(state):
        return [_failed(state, lost)]
    match revise(state, submission, pools):
        case Revision() as revision:
            return _planned(state, submission, revision)
        case Failure() as reason:
            return [_failed(state, reason)]
        case AskHeard() as word:
            return [word]
    if state.waits:
        return []
    if all(step.status is StepStatus.DONE for step in state.steps.values()):
        return [_succeeded(run, state)]
    return [] if state.paused else list(_ready(state, submission, share))


def _first_plan(state: RunState, submission: RunSubmitted, pools: Collection[str]) -> list[Decision]:
    if submission.role not in pools:
        return [_failed(state, _unknown_role(submission.role, pools))]
    # One agent does everything when one agent is enough.
    only = StepSpec(id=MAIN, role=submission.role, goal=submission.task)
    if submission.role == PLANNER:
        only = StepSpec(id="plan", role=PLANNER, goal=submission.task, accept=Acceptance(check="none"))
    ready = StepReady(spec=only, submission=submission, at_s=state.at_s)
    return [RunPlanned(steps=(only,)), *([] if state.paused else [ready])]


def _planned(state: RunState, submission: RunSubmitted, revision: Revision) -> list[Decision]:
    waits = revision.proposed and submission.approve != "auto"
    plan = RunPlanned(revision=state.revision + 1, steps=revision.steps, reason=revision.reason, waits=waits)
    if revision.ask is None:
        return [plan]
    return [plan, AskHeard(ask=revision.ask, accepted=True, what="edit", by=revision.by)]


def _lost_for_good(state: RunState) -> Failure | None:
    """Work that was handed over without proof ends the run: somebody lied."""
    return next((reason for step in state.steps.values() if (reason := unproven(step, state.proofs))), None)


def _ready(state: RunState, submission: RunSubmitted, share: int) -> list[StepReady]:
    active = sum(step.status in _ACTIVE for step in state.steps.values())
    free = max(0, share - active)
    startable = [step for step in state.steps.values() if _may_start(step, state)]
    return [_ready_again(step, state, submission) for step in startable[:free]]


def _may_start(step: StepState, state: RunState) -> bool:
    if step.status is StepStatus.WAITING:
        return _answer(step, state) is not None
    if step.status is StepStatus.FAILED:
        return step.may_retry
    needs = (state.steps.get(need) for need in step.spec.needs)
    return step.status is StepStatus.PENDING and all(need and need.status is StepStatus.DONE for need in needs)


def _answer(step: StepState, state: RunState) -> Answer | None:
    if step.question and step.question.kind == "paused" and not state.paused:
        return Answer(question=step.question.id)
    return step.answer


def _ready_again(step: StepState, state: RunState, submission: RunSubmitted) -> StepReady:
    answer = _answer(step, state) if step.status is StepStatus.WAITING else None
    return StepReady(
        round=step.round if answer else step.round + 1,
        spec=step.spec,
        submission=submission,
        start=_start(step.spec, state),
        context=_context(step.spec, state),
        begun=tuple(id_ for id_, other in state.steps.items() if other.round and id_ != step.spec.id),
        answer=answer,
        at_s=state.at_s,
    )


def _start(spec: StepSpec, state: RunState) -> tuple[Checkpoint, ...]:
    """The results a step builds on. A step without a result of its own, such as a review, passes on what it saw."""
    found: dict[str, Checkpoint] = {}
    for need in spec.needs:
        step = state.steps.get(need)
        if step and step.done and step.done.result:
            found[step.done.result.commit] = step.done.result
        elif step:
            found |= {result.commit: result for result in _start(step.spec, state)}
    return tuple(found.values())


def _context(spec: StepSpec, state: RunState) -> tuple[str, ...]:
    needed = [(need, state.steps[need].done) for need in spec.needs if need in state.steps]
    return tuple(f"{need}: {done.summary}" for need, done in needed if done and done.summary)


def _succeeded(run: str, state: RunState) -> RunFinished:
    last = final_step([step.spec for step in state.steps.values()])
    done = state.steps[last.id].done if last else None
    evidence = state.proofs.get(done.evidence) if done else None
    result = done.result if done else None
    return RunFinished(
        status="succeeded",
        branch=f"mycoder/{run}" if result else "",
        result=result,
        evidence=evidence,
        summary=_summary(state, last),
        turns=state.turns,
        cost_usd=state.cost_usd,
    )


def _summary(state: RunState, last: StepSpec | None) -> str:
    """What was changed, by each step that handed over code; a tester that only looked counts when it was alone."""
    done = {id_: step.done for id_, step in state.steps.items() if step.done}
    looked = last.id if last and last.role == TESTER else ""
    parts = [said.summary for id_, said in done.items() if said.result and id_ != looked]
    if len(parts) > 1 or (parts and looked):
        return "; ".join(text.partition("\n")[0] for text in parts)
    return done[last.id].summary if last and last.id in done else ""


def _failed(state: RunState, reason: Failure) -> RunFinished:
    return RunFinished(status="failed", failure=reason, turns=state.turns, cost_usd=state.cost_usd)


def _cancelled(state: RunState) -> RunFinished:
    said = state.cancel.reason if state.cancel else ""
    reason = failure(FailureCode.CANCELLED, said or "Somebody cancelled the run.")
    return RunFinished(status="cancelled", failure=reason, turns=state.turns, cost_usd=state.cost_usd)


def _unknown_role(role: str, pools: Collection[str]) -> Failure:
    return failure(
        FailureCode.UNKNOWN_ROLE,
        f"No worker takes steps for the role {role!r}. Known roles: {', '.join(sorted(pools))}.",
        f"mycoder up with MYCODER_POOLS={role}, and mycoder worker --role {role} --handler package.module:function",
    )
