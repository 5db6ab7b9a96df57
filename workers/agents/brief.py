"""What a step's agent works with: its session, role, limits, tools and the beginning of its conversation."""

from collections.abc import Collection, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any

import msgspec

from mycoderai.broker.pools import known_pools
from mycoderai.broker.report import describes
from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import StepOpened, StepTurn
from mycoderai.schemas.execution import Document, OpenSession, Repository, SessionOpened
from mycoderai.schemas.notes import Item
from mycoderai.schemas.plan import MAIN, PLANNER, RESOLVER
from mycoderai.workers.agents import prompt
from mycoderai.workers.agents.calls import Calls
from mycoderai.workers.agents.memories import memory_tool, recall
from mycoderai.workers.agents.rolebook import Rolebook
from mycoderai.workers.agents.services import Executor
from mycoderai.workers.core.risk.reading import needs_approval
from mycoderai.workers.core.roles import tools
from mycoderai.workers.core.roles.instructions import newly_relevant, touched
from mycoderai.workers.core.roles.roles import Role, limits_of, strictest
from mycoderai.workers.core.roles.toolnames import PLAN
from mycoderai.workers.core.routing import on_offer
from mycoderai.workers.core.toolcalls.changed import as_made
from mycoderai.workers.core.toolcalls.toolcalls import Repaired, repair
from mycoderai.workers.handler import StepContext

ROLEBOOK = Rolebook()
describes(ROLEBOOK.cards)
OUTLINE_CHARS = 6000


class Brief:
    """Everything but the turns."""

    def __init__(
        self,
        step: StepContext,
        executor: Executor,
        session: SessionOpened,
        role: Role,
        messages: tuple[Message, ...],
    ) -> None:
        self.executor = executor
        self.start = session.start or session.base
        self.documents: Sequence[Document] = session.documents
        self.prompt = messages
        self.role = role
        self.model = step.spec.model or role.model or step.submission.model
        self.limits = limits_of(role, step.submission.limits)
        self.mode = strictest(step.submission.approve, role.permission_mode)
        self.tools = tools.tools_for(role.tools)
        self._seen = {document.path for document in session.documents if "/" not in document.path}
        self.calls = Calls(
            step,
            executor,
            executed=[tool.name for tool in tools.EXECUTED if tool in self.tools],
            held_back=partial(needs_approval, self.mode),
            team={name: ROLEBOOK.role(name, session.documents).hand_in for name in _team(session.documents)},
            memory=_no_memory if step.submission.replay else partial(memory_tool, step),
        )
        for turn in step.journal.state.turns:
            self._look_at(turn)

    def read_call(self, call: ToolCall) -> Repaired | str:
        """The call's arguments, or what the model is told about them."""
        return repair(call, self.tools)

    def instructions_for(self, name: str, arguments: dict[str, Any]) -> str:
        """Instructions of the repository for the paths a call touches, when it is the first to touch them."""
        documents = newly_relevant(touched(name, arguments), self.documents, self._seen)
        self._seen |= {document.path for document in documents}
        return prompt.attached(documents)

    def _look_at(self, turn: StepTurn) -> None:
        for call, result in zip_longest(turn.message.tool_calls, turn.results[: len(turn.message.tool_calls)]):
            if not isinstance(read := self.read_call(as_made(call, result)), str):
                self.instructions_for(call.name, read.arguments)


async def open_brief(step: StepContext, repository: Repository, recorded: StepOpened | None = None) -> Brief:
    """Open a session, or the one of an earlier attempt that still lives, and journal it. Raises RefusedError.

    recorded: how a run that is replayed began the step; its prompt is taken over.
    """
    executor = Executor(step.nc, _session_request(step, repository), command_limit_s=_command_limit_s(step))
    session = await executor.open(step.journal.state.session)
    role = _role(step, session)
    executor.writes = role.writes
    known = step.journal.state.opened
    begun = known or recorded
    messages, applied = (begun.prompt, begun.applied) if begun else await _beginning(step, executor, session, role)
    event = StepOpened(
        attempt=step.attempt,
        session=session.session,
        base=session.base,
        start=session.start,
        test_command=session.test_command,
        isolation=session.isolation.level,
        notes=session.notes,
        prompt=() if known else messages,
        applied=() if known else applied,
    )
    await step.journal.append("opened", event)
    return Brief(step, executor, session, role, messages)


def _role(step: StepContext, session: SessionOpened) -> Role:
    role = ROLEBOOK.role(step.spec.role, session.documents)
    splits = step.spec.id == MAIN and PLAN not in role.tools
    # Who has the whole task to itself may find that it falls apart.
    return msgspec.structs.replace(role, tools=(*role.tools, PLAN)) if splits else role


async def _beginning(
    step: StepContext, executor: Executor, session: SessionOpened, role: Role
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """How the conversation begins, and what is in it."""
    outline, memories = "", tuple[Item, ...]()
    if not _only_acts(step):
        outline, memories = await _outline(step, executor), await recall(step, step.spec.goal)
    team = ROLEBOOK.team(_team(session.documents), session.documents)
    if PLAN in role.tools and not _only_acts(step):
        pools = await known_pools(step.nc)
        team = tuple((name, _with_offers(name, said, pools)) for name, said in team)
    messages = prompt.first_prompt(
        role, step.spec, step.submission, session, step.ready.context, memories, outline, team=team
    )
    return messages, prompt.applied(role, session, memories)


def _with_offers(role: str, description: str, pools: Collection[str]) -> str:
    offers = on_offer(role, pools)
    return f"{description} On offer, for `requires`: {', '.join(offers)}." if offers else description


def _only_acts(step: StepContext) -> bool:
    """Whether the model is a program that reads nothing but results of its own calls."""
    return (step.spec.model or step.submission.model).startswith("offline/")


async def _outline(step: StepContext, executor: Executor) -> str:
    reply = await executor.tool(f"{step.ready.round}-0-0", "repo_map", {"budget": OUTLINE_CHARS})
    return reply.result.output if reply.result.exit_code == 0 else ""


def _team(documents: Sequence[Document]) -> list[str]:
    """Roles that steps can be given to. One whose file has an error is no choice; a step that names it says why."""
    found = []
    for name in ROLEBOOK.names(documents):
        try:
            ROLEBOOK.role(name, documents)
        except RefusedError:
            continue
        found += [name] if name != PLANNER else []
    return found


def _session_request(step: StepContext, repository: Repository) -> OpenSession:
    submission = step.submission
    return OpenSession(
        run=step.run,
        named=submission.replay,
        step=step.step,
        shard=step.shard,
        repository=repository,
        policy=submission.policy,
        test_command=submission.test_command,
        checkpoint=step.journal.state.checkpoint,
        start=step.ready.start,
        keep_conflicts=step.spec.role == RESOLVER,
        accept=step.spec.accept,
        at_s=step.ready.at_s,
    )


def _command_limit_s(step: StepContext) -> float:
    policy = step.submission.policy
    return max(policy.suite_limit_s * 3, policy.command_limit_s)


async def _no_memory(call_id: str, arguments: dict[str, Any]) -> str:
    """For a replay, which takes what memory said from the record."""
    return ""
