"""The agent loop: ask the model, run its tool calls, journal the turn; until handed in, given up, out of limits, or
in need of a person.

Everything a turn needs is in the journal, so another worker goes on where this one stopped. Ids of model and tool
calls are made of the step's round, turn and index, not of the attempt: a repeated call finds the answer of the first.
"""

import time

import msgspec

from mycoderai.schemas.chat import ModelAnswer
from mycoderai.schemas.errors import Fenced, RefusedError, TransientError
from mycoderai.schemas.events import Answer, Question, StepTurn
from mycoderai.schemas.execution import Repository, ToolResult
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.workers.agents.brief import Brief, open_brief
from mycoderai.workers.agents.calls import Carried, Held
from mycoderai.workers.agents.forking import is_taken_over, take_over_turns
from mycoderai.workers.agents.people import People
from mycoderai.workers.agents.replayed import RecordedPeople, Replay, open_replay
from mycoderai.workers.agents.steering import Steering
from mycoderai.workers.core.toolcalls.changed import as_answered, result_as_answered
from mycoderai.workers.handler import Failed, Outcome, Parked, StepContext

MAX_CALLS = 50
"""Tool calls carried out in one turn; what a model asks for beyond that is answered with "not run"."""
MAX_EMPTY_TURNS = 3
"""Turns without a tool call, one after the other, that end the step."""
ENDING_CALLS = ("submit", "give_up", "plan")


async def run_step(step: StepContext) -> Outcome:
    """Work on one step until it is done or cannot be. Raises Fenced and TransientError, which end the attempt only."""
    repository = step.submission.repository
    if repository is None:
        return Failed(failure=failure(FailureCode.BAD_SUBMISSION, "The submission names no repository to work on."))
    try:
        return await _work(step, repository)
    except RefusedError as err:
        return Failed(failure=err.failure)


async def _work(step: StepContext, repository: Repository) -> Outcome:
    await take_over_turns(step)
    replay = await open_replay(step)
    people = replay.people if replay else People(step.nc, step.log, step.step, step.journal.state.heard)
    await people.listen()
    if people.paused_by and not _brings_an_answer(step):
        return _paused(people.paused_by)
    brief = await open_brief(step, repository, replay.opened if replay else None)
    try:
        return await AgentLoop(step, brief, people, replay).run()
    except (Fenced, TransientError):
        brief.executor.leave()
        raise
    finally:
        await brief.executor.close("the attempt ended")


class AgentLoop:
    def __init__(
        self, step: StepContext, brief: Brief, people: People | RecordedPeople, replay: Replay | None = None
    ) -> None:
        self._step = step
        self._brief = brief
        self._people = people
        self._replay = replay
        self._turns = list(step.journal.state.turns)
        self._steering = Steering(step, brief, self._turns, replay.steered if replay else None)
        self._deadline = time.monotonic() + 60 * brief.limits.minutes - step.journal.state.worked_s

    async def run(self) -> Outcome:
        if (outcome := await self._ended_already()) is not None:
            return outcome
        while (outcome := self._limit()) is None:
            await self._people.listen()
            if self._people.paused_by and self._interrupted() is None and not self._steering.answer():
                return _paused(self._people.paused_by)
            if (outcome := await self._turn()) is not None:
                return outcome
            if (outcome := await self._steering.after_turn()) is not None:
                return outcome
        return outcome

    async def _turn(self) -> Outcome | None:
        began = time.monotonic()
        turn = self._interrupted() or await self._ask_model()
        results = list(turn.results)
        outcome: Outcome | None = None
        for index in range(len(results), min(len(turn.message.tool_calls), MAX_CALLS)):
            carried = await self._carry_out(turn, index)
            if isinstance(carried, Held):
                return Parked(question=carried.question, partial=self._so_far(turn, results, began))
            carried = self._held_for_messages(carried)
            results.append(carried.result)
            outcome = carried.outcome
            if outcome is not None:
                break
        await self._record(self._so_far(turn, results, began))
        return outcome or self._without_calls()

    async def _ask_model(self) -> StepTurn:
        """A turn with the model's answer and no results yet."""
        heard = (*self._steering.answer(), *self._people.take_now())
        number = self._turns[-1].turn + 1 if self._turns else 1
        answer: ModelAnswer = await self._steering.chat(number, heard, self._seconds_left())
        return StepTurn(
            attempt=self._step.attempt,
            turn=number,
            heard=heard,
            message=answer.message,
            finish_reason=answer.finish_reason,
            model=answer.model,
            usage=answer.usage,
            checkpoint=self._brief.executor.checkpoint or self._brief.start,
        )

    async def _carry_out(self, turn: StepTurn, index: int) -> Carried | Held:
        call_id = f"{self._step.ready.round}-{turn.turn}-{index}"
        answer = self._answer_to(call_id)
        call = as_answered(turn.message.tool_calls[index], answer)
        read = self._brief.read_call(call)
        if isinstance(read, str):
            unread = ToolResult(call=call.id, name=call.name, output=read, exit_code=1)
            return Carried(result_as_answered(unread, answer))
        carried = await self._brief.calls.carry_out(call, call_id, read.arguments, answer)
        if isinstance(carried, Held):
            return carried
        notes = (*read.notes, self._brief.instructions_for(call.name, read.arguments))
        output = "\n".join(text for text in (carried.result.output, *notes) if text)
        result = result_as_answered(msgspec.structs.replace(carried.result, output=output), answer)
        known = self._replay.recorded_result(turn.turn, index) if self._replay else None
        return Carried(known or result, carried.outcome)

    async def _ended_already(self) -> Outcome | None:
        """The outcome, when the last turn of an earlier attempt ended the step and its worker was lost before it
        could say so: its last call is carried out again, which changes nothing."""
        turn = self._turns[-1] if self._turns else None
        if turn is None or not turn.results or self._interrupted() or is_taken_over(self._step, turn):
            return None
        result = turn.results[-1]
        if result.name not in ENDING_CALLS or result.exit_code or self._people.hurry_after():
            return None
        carried = await self._carry_out(turn, len(turn.results) - 1)
        return None if isinstance(carried, Held) else carried.outcome

    def _answer_to(self, call_id: str) -> Answer | None:
        answer = self._step.ready.answer
        return answer if answer and answer.question == f"{self._step.step}-{call_id}" else None

    def _interrupted(self) -> StepTurn | None:
        """The turn in which the step stopped to wait for a person, until it is complete."""
        turn = self._step.journal.state.interrupted
        if turn is None or (self._turns and self._turns[-1].turn >= turn.turn):
            return None
        return msgspec.structs.replace(turn, attempt=self._step.attempt)

    def _held_for_messages(self, carried: Carried) -> Carried:
        """A step that wants to end hears first what people wanted to tell it then."""
        if carried.outcome is None or not self._people.hurry_after():
            return carried
        output = f"{carried.result.output}\nIt is not over yet: somebody has something to say first."
        return Carried(msgspec.structs.replace(carried.result, output=output))

    def _so_far(self, turn: StepTurn, results: list[ToolResult], began: float) -> StepTurn:
        checkpoint = self._brief.executor.checkpoint or self._brief.start
        took = round(turn.duration_s + time.monotonic() - began, 3)
        return msgspec.structs.replace(turn, results=tuple(results), checkpoint=checkpoint, duration_s=took)

    async def _record(self, turn: StepTurn) -> None:
        await self._step.journal.append("turn", turn)
        self._turns.append(turn)
        if self._replay:
            self._replay.compare(turn)

    def _without_calls(self) -> Outcome | None:
        recent = self._turns[-MAX_EMPTY_TURNS:]
        if len(recent) < MAX_EMPTY_TURNS or any(turn.message.tool_calls for turn in recent):
            return None
        if all(turn.finish_reason == "refusal" for turn in recent):
            return Failed(failure=failure(FailureCode.MODEL_REFUSED))
        said = f"The model answered {MAX_EMPTY_TURNS} times without a tool call."
        return Failed(failure=failure(FailureCode.MODEL_ERROR, said))

    def _limit(self) -> Outcome | None:
        limits = self._brief.limits
        if self._seconds_left() <= 0:
            said = f"The step used all of its {limits.minutes:g} minutes."
            return Failed(failure=failure(FailureCode.OUT_OF_TIME, said))
        if self._turns and self._turns[-1].turn >= limits.turns:
            return Failed(failure=failure(FailureCode.TURN_LIMIT, f"The step used all of its {limits.turns} turns."))
        return None

    def _seconds_left(self) -> float:
        return self._deadline - time.monotonic()


def _brings_an_answer(step: StepContext) -> bool:
    """A pause that came behind a person's answer waits for the turn that follows it: the answer is given once."""
    answer = step.ready.answer
    return answer is not None and not answer.question.startswith("pause-")


def _paused(ask: int) -> Parked:
    return Parked(question=Question(id=f"pause-{ask}", kind="paused", text="The run is paused."))
