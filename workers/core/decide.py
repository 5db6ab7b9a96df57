"""What an orchestrator appends next, given what a run's log says. Pure, so that two orchestrators agree."""

from collections.abc import Collection

from mycoderai.schemas.events import RunFinished, RunPlanned, RunSubmitted, StepDone, StepReady, StepSpec
from mycoderai.schemas.execution import Checkpoint, Evidence
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.workers.core.run import RunState, StepState, StepStatus

MAX_ROUNDS = 3
"""How often a step is made ready before its failure, retryable or not, ends the run."""

Decision = RunPlanned | RunFinished | StepReady


def decide(run: str, state: RunState, pools: Collection[str]) -> list[Decision]:
    """The events missing from the log: deciding again after they were appended yields nothing.

    pools: names some worker could take steps from.
    """
    if state.submission is None or state.finished is not None:
        return []
    if state.cancel is not None:
        return [_cancelled(state)]
    if not state.steps:
        return _first_plan(state, state.submission, pools)
    if finished := _finished(run, state):
        return [finished]
    return list(_ready(state, state.submission))


def _first_plan(state: RunState, submission: RunSubmitted, pools: Collection[str]) -> list[Decision]:
    if submission.role not in pools:
        return [_failed(state, _unknown_role(submission.role, pools))]
    # One agent does everything when one agent is enough.
    only = StepSpec(id="main", role=submission.role, goal=submission.task)
    plan = RunPlanned(steps=(only,))
    return [plan, StepReady(spec=only, submission=submission)]


def _finished(run: str, state: RunState) -> RunFinished | None:
    for step in state.steps.values():
        if step.status is StepStatus.FAILED and not _may_retry(step):
            return _failed(state, step.failure)
        if step.status is StepStatus.DONE and (unproven := _unproven(step.done, state)):
            return _failed(state, unproven)
    if any(step.status is not StepStatus.DONE for step in state.steps.values()):
        return None
    done = list(state.steps.values())[-1].done
    result, evidence = _outcome(done, state)
    return RunFinished(
        status="succeeded",
        branch=f"mycoder/{run}" if result else "",
        result=result,
        evidence=evidence,
        summary=done.summary if done else "",
        turns=state.turns,
        cost_usd=state.cost_usd,
    )


def _ready(state: RunState, submission: RunSubmitted) -> list[StepReady]:
    active = sum(step.status in (StepStatus.READY, StepStatus.RUNNING) for step in state.steps.values())
    free = max(0, submission.max_parallel - active)
    startable = [step for step in state.steps.values() if _may_start(step, state)]
    return [
        StepReady(round=step.round + 1, spec=step.spec, submission=submission, start=_start(step, state))
        for step in startable[:free]
    ]


def _may_start(step: StepState, state: RunState) -> bool:
    if step.status is StepStatus.FAILED:
        return _may_retry(step)
    needs = (state.steps.get(need) for need in step.spec.needs)
    return step.status is StepStatus.PENDING and all(need and need.status is StepStatus.DONE for need in needs)


def _may_retry(step: StepState) -> bool:
    return step.failure is not None and step.failure.retryable and step.round < MAX_ROUNDS


def _start(step: StepState, state: RunState) -> tuple[Checkpoint, ...]:
    needed = [state.steps[need].done for need in step.spec.needs]
    return tuple(done.result for done in needed if done and done.result)


def _unproven(done: StepDone | None, state: RunState) -> Failure | None:
    """Why a step that hands over code is not believed (invariant I7): only an executor's record of passing tests
    on the very tree and commit that are handed over counts."""
    if done is None or done.result is None:
        return None
    evidence = state.proofs.get(done.evidence)
    if evidence and _shows(evidence, done.result):
        return None
    return Failure(
        code=FailureCode.GATE_REFUSED,
        message="The step said it was done, but no executor saw the tests pass on the tree it handed over.",
    )


def _shows(evidence: Evidence, result: Checkpoint) -> bool:
    green = evidence.exit_code == 0 and evidence.tests.not_green == 0
    return green and (evidence.tree, evidence.commit) == (result.tree, result.commit)


def _outcome(done: StepDone | None, state: RunState) -> tuple[Checkpoint | None, Evidence | None]:
    return (done.result, state.proofs.get(done.evidence)) if done else (None, None)


def _failed(state: RunState, failure: Failure | None) -> RunFinished:
    return RunFinished(status="failed", failure=failure, turns=state.turns, cost_usd=state.cost_usd)


def _cancelled(state: RunState) -> RunFinished:
    reason = state.cancel.reason if state.cancel else ""
    failure = Failure(code=FailureCode.CANCELLED, message=reason or "Somebody cancelled the run.")
    return RunFinished(status="cancelled", failure=failure, turns=state.turns, cost_usd=state.cost_usd)


def _unknown_role(role: str, pools: Collection[str]) -> Failure:
    return Failure(
        code=FailureCode.UNKNOWN_ROLE,
        message=f"No worker takes steps for the role {role!r}. Known roles: {', '.join(sorted(pools))}.",
        fix=f"mycoder up with MYCODER_POOLS={role}, and mycoder worker --role {role} --handler package.module:function",
    )
