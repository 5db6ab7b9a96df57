"""Asking the model, and keeping the step on course: what is too long is condensed, what goes in circles is steered."""

from collections.abc import Sequence

import msgspec

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import Heard, Question, StepSteered, StepTurn
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.plan import PLANNER
from mycoderai.workers.agents.brief import Brief
from mycoderai.workers.agents.conversation import conversation
from mycoderai.workers.agents.services import chat
from mycoderai.workers.core.course import stuck
from mycoderai.workers.core.course.condense import (
    conversation_chars,
    known_window,
    plan_condensation,
    shorten,
    soft_budget,
)
from mycoderai.workers.handler import Failed, Outcome, Parked, StepContext


class Steering:
    """`turns` is the caller's list, which grows. `recorded`: how the step was steered in the run that is replayed."""

    def __init__(
        self,
        step: StepContext,
        brief: Brief,
        turns: Sequence[StepTurn],
        recorded: Sequence[StepSteered] | None = None,
    ) -> None:
        self._step = step
        self._brief = brief
        self._turns = turns
        self._steered = list(step.journal.state.steered)
        self._recorded = recorded
        self._refused_chars: int | None = None
        """What is known to be too much, whatever the window is said to be."""

    async def chat(self, number: int, heard: tuple[Heard, ...], seconds_left: float) -> ModelAnswer:
        """The model's answer to the conversation so far. Raises RefusedError with the model role's reason."""
        await self._condense(self._max_chars())
        try:
            return await self._ask(number, self._conversation(heard), seconds_left)
        except RefusedError as err:
            if err.failure.code is not FailureCode.CONTEXT_OVERFLOW:
                raise
        # The model holds less than it was taken for. Once by leaving turns out, once more by cutting what is left.
        self._refused_chars = conversation_chars(self._brief.prompt, self._turns, self._steered)
        await self._condense(self._max_chars())
        return await self._ask(number, shorten(self._conversation(heard), self._max_chars()), seconds_left)

    def _max_chars(self) -> int:
        """What the conversation may have before it is condensed."""
        window = known_window(self._turns, self._model)
        budget = soft_budget(window, self._brief.prompt, self._turns, self._steered)
        return budget if self._refused_chars is None else min(budget, self._refused_chars // 2)

    async def after_turn(self) -> Outcome | None:
        """Look whether the step makes progress; the outcome when it has to end or to wait for a person."""
        means = stuck.Means(
            models=self._step.submission.fallbacks,
            replan=self._step.submission.role == PLANNER and self._step.spec.role != PLANNER,
            person=self._step.submission.approve != "auto",
        )
        steering = stuck.assess(self._turns, self._steered, means=means)
        if steering is None:
            return None
        match steering.action:
            case "hint" | "rewind" | "condense" | "switch_model":
                await self._steer(
                    action=steering.action,
                    reason=steering.reason,
                    text=steering.text,
                    to_turn=steering.to_turn,
                    model=steering.model,
                    checkpoint=steering.checkpoint,
                )
                return None
            case "ask":
                id_ = f"{self._step.step}-{self._step.ready.round}-{self._turns[-1].turn}-stuck"
                return Parked(question=Question(id=id_, kind="question", text=f"{steering.reason}.\n{steering.text}"))
            case _:
                return Failed(failure=steering.failure)

    def answer(self) -> tuple[Heard, ...]:
        """What a person said when the step did not know how to go on, until it has gone on."""
        answer = self._step.ready.answer
        last = self._turns[-1].turn if self._turns else 0
        if answer is None or answer.question != f"{self._step.step}-{self._step.ready.round}-{last}-stuck":
            return ()
        said = answer.text or ("Go on." if answer.approved else "Try something else, or give up.")
        return (Heard(ask=0, text=said, by=answer.by),)

    @property
    def _model(self) -> str:
        switched = [steer.model for steer in self._steered if steer.action == "switch_model"]
        return switched[-1] if switched else self._brief.model

    def _conversation(self, heard: tuple[Heard, ...]) -> tuple[Message, ...]:
        return conversation(self._brief.prompt, self._turns, self._steered, heard)

    async def _ask(self, number: int, messages: tuple[Message, ...], seconds_left: float) -> ModelAnswer:
        submission, limits = self._step.submission, self._brief.limits
        request = ModelRequest(
            call=f"{self._step.ready.round}-{number}",
            run=self._step.run,
            step=self._step.step,
            role=self._step.spec.role,
            turn=number,
            shard=self._step.shard,
            model=self._model,
            fallbacks=submission.fallbacks,
            messages=messages,
            tools=self._brief.tools,
            seconds_left=seconds_left,
            run_usd=limits.usd,
            step_usd=limits.step_usd,
            replay=submission.replay,
        )
        return await chat(self._step.nc, request)

    async def _condense(self, max_chars: int) -> None:
        if self._recorded is not None:
            await self._condense_as_recorded(self._recorded)
            return
        plan = plan_condensation(self._brief.prompt, self._turns, self._steered, max_chars=max_chars)
        if plan:
            await self._steer(action="condense", reason=plan.reason, text=plan.text, to_turn=plan.to_turn)

    async def _condense_as_recorded(self, recorded: Sequence[StepSteered]) -> None:
        """What a model held is known only where it was asked."""
        turn = self._turns[-1].turn + 1 if self._turns else 1
        done = [(event.action, event.turn, event.to_turn) for event in self._steered]
        for event in recorded:
            if ("condense", turn) == (event.action, event.turn) and ("condense", turn, event.to_turn) not in done:
                await self._steer(action="condense", reason=event.reason, text=event.text, to_turn=event.to_turn)

    async def _steer(self, **fields: object) -> None:
        place = {"kind": "step.steered", "attempt": self._step.attempt, "turn": self._turns[-1].turn + 1}
        event = msgspec.convert(place | msgspec.to_builtins(fields), StepSteered)
        await self._step.journal.append("steered", event)
        self._steered.append(event)
        if event.action == "rewind":
            self._brief.executor.checkpoint = event.checkpoint or self._brief.start
