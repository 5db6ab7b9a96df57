"""The agent loop: ask the model, run its tool calls, journal the turn; until submitted, given up or out of limits.

Everything a turn needs is in the journal, so another worker goes on where this one stopped. Ids of model and tool
calls are made of the step's turn and index, not of the attempt: a repeated call finds the answer of the first one.
"""

import datetime
import time

import msgspec

from mycoderai.schemas.chat import ModelAnswer, ModelRequest, ToolCall
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import StepOpened, StepTurn
from mycoderai.schemas.execution import Checkpoint, OpenSession, Repository, ToolResult
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.workers.agents import tools
from mycoderai.workers.agents.prompt import conversation
from mycoderai.workers.agents.services import Executor, chat
from mycoderai.workers.handler import Done, Failed, Outcome, StepContext

MAX_EMPTY_TURNS = 3
_EXECUTED = frozenset(tool.name for tool in tools.EXECUTED)
_GIVE_UP_CODES = frozenset(tools.GIVE_UP.parameters["properties"]["code"]["enum"])


async def run_step(step: StepContext) -> Outcome:
    """Work on one step until it is done or cannot be. Raises Fenced and TransientError, which end the attempt only."""
    repository = step.submission.repository
    if repository is None:
        return _failed(FailureCode.BAD_SUBMISSION, "The submission names no repository to work on.")
    loop = AgentLoop(step, repository)
    try:
        return await loop.run()
    except RefusedError as err:
        return Failed(failure=err.failure)
    finally:
        await loop.executor.close("the attempt ended")


class AgentLoop:
    def __init__(self, step: StepContext, repository: Repository) -> None:
        submission = step.submission
        self._step = step
        self._turns = list(step.journal.state.turns)
        self._round = step.ready.round
        self._deadline = time.monotonic() + 60 * submission.limits.minutes - _seconds_since(step)
        self.executor = Executor(
            step.nc,
            OpenSession(
                run=step.run,
                step=step.step,
                shard=step.shard,
                repository=repository,
                policy=submission.policy,
                test_command=submission.test_command,
                checkpoint=self._turns[-1].checkpoint if self._turns else None,
                start=step.ready.start,
            ),
            command_limit_s=max(submission.policy.suite_limit_s * 3, submission.policy.command_limit_s),
        )

    async def run(self) -> Outcome:
        opened = await self._open()
        for turn in range(len(self._turns) + 1, self._step.submission.limits.turns + 1):
            if self._seconds_left() <= 0:
                return _failed(FailureCode.OUT_OF_TIME, _OUT_OF_TIME.format(self._step.submission.limits.minutes))
            outcome = await self._turn(turn, opened)
            if outcome is not None:
                return outcome
        return _failed(FailureCode.TURN_LIMIT, f"The step used all of its {self._step.submission.limits.turns} turns.")

    async def _open(self) -> StepOpened:
        known = self._step.journal.state.opened
        session = await self.executor.open(known.session if known else "")
        event = StepOpened(
            attempt=self._step.attempt,
            session=session.session,
            base=session.base,
            test_command=session.test_command,
            isolation=session.isolation.level,
            notes=session.notes,
        )
        self._base = session.base
        await self._step.journal.append("opened", event)
        return event

    async def _turn(self, turn: int, opened: StepOpened) -> Outcome | None:
        began = time.monotonic()
        answer = await chat(self._step.nc, self._model_request(turn, opened))
        outcome: Outcome | None = None
        results: list[ToolResult] = []
        for index, call in enumerate(answer.message.tool_calls):
            result, outcome = await self._tool_call(f"{self._round}-{turn}-{index}", call)
            results.append(result)
            if outcome is not None:
                break
        await self._record(turn, answer, results, time.monotonic() - began)
        if outcome is None and self._stuck():
            return _failed(FailureCode.MODEL_ERROR, f"The model answered {MAX_EMPTY_TURNS} times without a tool call.")
        return outcome

    def _model_request(self, turn: int, opened: StepOpened) -> ModelRequest:
        return ModelRequest(
            call=f"{self._round}-{turn}",
            run=self._step.run,
            step=self._step.step,
            shard=self._step.shard,
            model=self._step.submission.model,
            messages=conversation(self._step.spec, opened, self._turns),
            tools=tools.ALL,
            seconds_left=self._seconds_left(),
        )

    async def _tool_call(self, call_id: str, call: ToolCall) -> tuple[ToolResult, Outcome | None]:
        try:
            arguments = msgspec.json.decode(call.arguments or "{}", type=dict)
        except msgspec.DecodeError as err:
            return _error(call, f"The arguments are not a JSON object: {err}"), None
        if call.name == tools.GIVE_UP.name:
            return ToolResult(call=call.id, name=call.name, output="Given up."), _given_up(arguments)
        if call.name == tools.SUBMIT.name:
            return await self._submit(call_id, call, str(arguments.get("summary", "")))
        if call.name not in _EXECUTED:
            known = ", ".join(tool.name for tool in tools.ALL)
            return _error(call, f"There is no tool {call.name!r}. Tools: {known}."), None
        reply = await self.executor.tool(call_id, call.name, arguments)
        return msgspec.structs.replace(reply.result, call=call.id), None

    async def _submit(self, call_id: str, call: ToolCall, summary: str) -> tuple[ToolResult, Outcome | None]:
        submitted = await self.executor.submit(call_id, summary or self._step.spec.goal)
        if submitted.accepted and submitted.evidence:
            counts = submitted.evidence.tests
            result = ToolResult(call=call.id, name=call.name, output=f"Accepted: {counts.passed} tests pass.")
            done = Done(summary=summary, result=submitted.accepted, evidence=submitted.evidence.id)
            self.executor.checkpoint = submitted.accepted
            return result, done
        reason = submitted.refusal.message if submitted.refusal else "no reason was given"
        return _error(call, f"Refused: {reason}"), None

    async def _record(self, turn: int, answer: ModelAnswer, results: list[ToolResult], duration_s: float) -> None:
        event = StepTurn(
            attempt=self._step.attempt,
            turn=turn,
            message=answer.message,
            results=tuple(results),
            usage=answer.usage,
            checkpoint=self.executor.checkpoint or self._base,
            duration_s=round(duration_s, 3),
        )
        await self._step.journal.append("turn", event)
        self._turns.append(event)

    _base: Checkpoint

    def _stuck(self) -> bool:
        recent = self._turns[-MAX_EMPTY_TURNS:]
        return len(recent) == MAX_EMPTY_TURNS and not any(turn.message.tool_calls for turn in recent)

    def _seconds_left(self) -> float:
        return self._deadline - time.monotonic()


_OUT_OF_TIME = "The step used all of its {:g} minutes. Give it more with --budget-minutes."


def _seconds_since(step: StepContext) -> float:
    """Seconds the earlier attempts of this round took, so that a crash does not renew the budget."""
    if not step.journal.state.started_at or step.journal.state.round != step.ready.round:
        return 0.0
    # The server writes nanoseconds, which fromisoformat refuses.
    started = datetime.datetime.fromisoformat(step.journal.state.started_at[:19] + "+00:00")
    return max(0.0, (datetime.datetime.now(datetime.UTC) - started).total_seconds())


def _given_up(arguments: dict[str, object]) -> Failed:
    code = str(arguments.get("code", ""))
    reason = str(arguments.get("reason", "")) or "The model gave up without a reason."
    known = code if code in _GIVE_UP_CODES else FailureCode.BEYOND_MODEL
    return _failed(FailureCode(known), reason)


def _failed(code: FailureCode, message: str) -> Failed:
    return Failed(failure=Failure(code=code, message=message, fix=_FIXES.get(code, "")))


_FIXES = {
    FailureCode.BEYOND_MODEL: "try a larger model: mycoder run … --model openai/NAME",
    FailureCode.OUT_OF_TIME: "give it more time: mycoder run … --budget-minutes 15",
    FailureCode.NO_TESTS: "name the command that runs the tests: mycoder run … --test CMD",
    FailureCode.NOT_IMPORTABLE: "let the fleet install the requirements: mycoder run … --install",
}


def _error(call: ToolCall, message: str) -> ToolResult:
    return ToolResult(call=call.id, name=call.name, output=message, exit_code=1)
