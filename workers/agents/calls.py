"""One tool call of a model, carried out: by the executor, by the loop itself, or held back for a person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from mycoderai.broker.pools import known_pools
from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import Answer, Question, StepSpec
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.plan import TESTER, Check
from mycoderai.workers.agents.services import Executor
from mycoderai.workers.core.plan import problems
from mycoderai.workers.core.routing import unserved
from mycoderai.workers.handler import Done, Failed, Outcome, StepContext

_GIVE_UP_CODES = frozenset({"beyond_model", "nothing_failing", "no_tests", "not_importable", "out_of_time"})
_OWN = ("submit", "give_up")
Arguments = dict[str, Any]


class Carried(msgspec.Struct, frozen=True):
    """What became of a call: its result, and the step's outcome when the call ends the step."""

    result: ToolResult
    outcome: Outcome | None = None


class Held(msgspec.Struct, frozen=True):
    """The call waits for a person."""

    question: Question


class Calls:
    """`held_back` says what is risky about a call that a person has to approve first; None: go ahead. `team`: the
    roles a plan may give steps to, and what their work is accepted by where the plan does not say."""

    def __init__(
        self,
        step: StepContext,
        executor: Executor,
        *,
        executed: Sequence[str],
        held_back: Callable[[str, Arguments], tuple[str, ...] | None],
        team: Mapping[str, Check],
        memory: Callable[[str, Arguments], Awaitable[str]],
    ) -> None:
        self._step = step
        self._executor = executor
        self._executed = frozenset(executed)
        self._known = (*executed, *_OWN)
        self._held_back = held_back
        self._team = team
        self._memory = memory

    async def carry_out(
        self, call: ToolCall, call_id: str, arguments: Arguments, answer: Answer | None
    ) -> Carried | Held:
        """`call_id` is the call's idempotency id and the name of the question it may raise."""
        risks = self._held_back(call.name, arguments)
        if answer is None and call.name == "ask_human":
            return Held(self._question(call_id, "question", call, str(arguments.get("question", ""))))
        if answer is None and risks is not None:
            return Held(self._question(call_id, "approval", call, f"May the step call {call.name}?", risks))
        if answer is not None and call.name == "ask_human":
            return Carried(_ok(call, answer.text or ("Yes." if answer.approved else "No.")))
        if answer is not None and not answer.approved:
            said = f" {answer.text}" if answer.text else " Do it another way, or ask."
            return Carried(_error(call, f"A person denied this call.{said}"))
        return await self._now(call, call_id, arguments)

    async def _now(self, call: ToolCall, call_id: str, arguments: Arguments) -> Carried:
        own: dict[str, Callable[[ToolCall, str, Arguments], Awaitable[Carried]]] = {
            "give_up": self._give_up,
            "submit": self._submit,
            "plan": self._plan,
            "memory": self._remember,
        }
        if handle := own.get(call.name):
            return await handle(call, call_id, arguments)
        if call.name not in self._executed:
            return Carried(_error(call, f"There is no tool {call.name!r} here. Tools: {', '.join(self._known)}."))
        reply = await self._executor.tool(call_id, call.name, arguments)
        return Carried(msgspec.structs.replace(reply.result, call=call.id))

    async def _give_up(self, call: ToolCall, call_id: str, arguments: Arguments) -> Carried:
        code = str(arguments.get("code", ""))
        reason = str(arguments.get("reason", "")) or "The model gave up without a reason."
        known = FailureCode(code) if code in _GIVE_UP_CODES else FailureCode.BEYOND_MODEL
        return Carried(_ok(call, "Given up."), Failed(failure=failure(known, reason)))

    async def _submit(self, call: ToolCall, call_id: str, arguments: Arguments) -> Carried:
        summary = str(arguments.get("summary", "")) or self._step.spec.goal
        if self._step.spec.accept.check == "none":
            asked = arguments.get("verdict") == "changes"
            return Carried(_ok(call, "Noted."), Done(summary=summary, verdict="changes" if asked else "accept"))
        submitted = await self._executor.submit(call_id, summary)
        if submitted.accepted is None or submitted.evidence is None:
            reason = submitted.refusal.message if submitted.refusal else "no reason was given"
            return Carried(_error(call, f"Refused: {reason}"))
        self._executor.checkpoint = submitted.accepted
        done = Done(summary=summary, result=submitted.accepted, evidence=submitted.evidence.id)
        return Carried(_ok(call, f"Accepted: {submitted.evidence.tests.passed} tests pass."), done)

    async def _plan(self, call: ToolCall, call_id: str, arguments: Arguments) -> Carried:
        try:
            steps = msgspec.convert(self._with_checks(arguments.get("steps")), tuple[StepSpec, ...], strict=False)
        except (msgspec.ValidationError, RecursionError) as err:
            return Carried(_error(call, f"The plan cannot be read: {str(err)[:500]}. Send all of it again."))
        if wrong := problems(steps, self._team, self._step.ready.begun) or await self._unserved(steps):
            return Carried(_error(call, "\n".join(["The plan cannot be carried out.", *wrong[:10]])))
        return Carried(_ok(call, f"A plan of {len(steps)} steps."), Done(summary=_outline(steps), plan=steps))

    async def _unserved(self, steps: Sequence[StepSpec]) -> list[str]:
        """Asked of the broker, not remembered: pools come and go while the fleet runs."""
        routed = [step for step in steps if step.requires or step.pool]
        return unserved(routed, await known_pools(self._step.nc)) if routed else []

    def _with_checks(self, steps: object) -> object:
        if not isinstance(steps, list | tuple):
            return steps
        return [self._with_check(step, alone=len(steps) == 1) for step in steps]

    def _with_check(self, step: object, *, alone: bool) -> object:
        """A plan that does not say what a step is accepted by means what its role says; but one of several steps
        that change code cannot answer for the whole suite."""
        if not isinstance(step, dict) or step.get("accept"):
            return step
        role = str(step.get("role"))
        check = self._team.get(role, "no_regression")
        return step | {"accept": {"check": check if alone or check != "suite" or role == TESTER else "no_regression"}}

    async def _remember(self, call: ToolCall, call_id: str, arguments: Arguments) -> Carried:
        return Carried(_ok(call, await self._memory(call_id, arguments)))

    def _question(self, call_id: str, kind: str, call: ToolCall, text: str, risks: tuple[str, ...] = ()) -> Question:
        id_ = f"{self._step.step}-{call_id}"
        fields = {"id": id_, "kind": kind, "text": text, "tool": call.name, "arguments": call.arguments}
        return msgspec.convert({**fields, "risks": risks}, Question)


def _outline(steps: Sequence[StepSpec]) -> str:
    return "; ".join(f"{step.id} ({step.role}): {step.goal.splitlines()[0][:80]}" for step in steps[:10])


def _ok(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call=call.id, name=call.name, output=text)


def _error(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call=call.id, name=call.name, output=text, exit_code=1)
