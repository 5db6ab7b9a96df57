"""What a step's agent works with: its session, role, limits, tools and the beginning of its conversation."""

import json
from typing import Any

import msgspec

from mycoderai.schemas.chat import Message, ToolCall, ToolSpec
from mycoderai.schemas.events import Limits, StepOpened, StepSpec
from mycoderai.schemas.execution import Checkpoint, OpenSession, Repository, SessionOpened
from mycoderai.schemas.plan import RESOLVER, Acceptance
from mycoderai.workers.agents import tools
from mycoderai.workers.agents.calls import Calls
from mycoderai.workers.agents.prompt import SYSTEM
from mycoderai.workers.agents.services import Executor
from mycoderai.workers.handler import StepContext


class Brief:
    def __init__(self, step: StepContext, executor: Executor, start: Checkpoint, prompt: tuple[Message, ...]) -> None:
        self.executor = executor
        self.start = start
        self.prompt = prompt
        self.model = step.spec.model or step.submission.model
        self.limits: Limits = step.submission.limits
        self.tools: tuple[ToolSpec, ...] = tools.ALL
        self.calls = Calls(
            step,
            executor,
            executed=[tool.name for tool in tools.EXECUTED],
            held_back=lambda name, arguments: None,
            planners=dict.fromkeys(("coder", "tester", "reviewer", "resolver"), _as_is),
            memory=_no_memory,
        )

    def read_call(self, call: ToolCall) -> dict[str, Any] | str:
        """The call's arguments, or what the model is told about them."""
        try:
            found = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError) as err:
            return f"The arguments are not a JSON object: {err}"
        return found if isinstance(found, dict) else "The arguments are not a JSON object."


async def open_brief(step: StepContext, repository: Repository) -> Brief:
    """Open a session, or the one of an earlier attempt that still lives, and journal it."""
    executor = Executor(step.nc, _session_request(step, repository), command_limit_s=_command_limit_s(step))
    session = await executor.open(step.journal.state.session)
    known = step.journal.state.opened
    prompt = known.prompt if known else first_prompt(step, session)
    event = StepOpened(
        attempt=step.attempt,
        session=session.session,
        base=session.base,
        start=session.start,
        test_command=session.test_command,
        isolation=session.isolation.level,
        notes=session.notes,
        prompt=() if known else prompt,
    )
    await step.journal.append("opened", event)
    return Brief(step, executor, session.start or session.base, prompt)


def first_prompt(step: StepContext, session: SessionOpened) -> tuple[Message, ...]:
    lines = [step.spec.goal, "", f"The tests are run with: {session.test_command}", *session.notes, *step.ready.context]
    return (
        Message(role="system", content=SYSTEM.format(role=step.spec.role)),
        Message(role="user", content="\n".join(lines)),
    )


def _session_request(step: StepContext, repository: Repository) -> OpenSession:
    submission, journal = step.submission, step.journal.state
    stopped_in = journal.interrupted.checkpoint if journal.interrupted else None
    return OpenSession(
        run=step.run,
        step=step.step,
        shard=step.shard,
        repository=repository,
        policy=submission.policy,
        test_command=submission.test_command,
        checkpoint=stopped_in or (journal.turns[-1].checkpoint if journal.turns else None),
        start=step.ready.start,
        keep_conflicts=step.spec.role == RESOLVER,
        accept=step.spec.accept,
        at_s=step.ready.submitted_s,
    )


def _command_limit_s(step: StepContext) -> float:
    policy = step.submission.policy
    return max(policy.suite_limit_s * 3, policy.command_limit_s)


def _as_is(spec: StepSpec) -> StepSpec:
    return spec


async def _no_memory(call_id: str, arguments: dict[str, Any]) -> str:
    return ""


__all__ = ["Acceptance", "Brief", "msgspec", "open_brief"]
