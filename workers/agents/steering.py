"""Asking the model, and keeping the step on course."""

from collections.abc import Sequence

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.events import Heard, StepTurn
from mycoderai.workers.agents.brief import Brief
from mycoderai.workers.agents.prompt import NUDGE, tool_message
from mycoderai.workers.agents.services import chat
from mycoderai.workers.handler import Outcome, StepContext


class Steering:
    def __init__(self, step: StepContext, brief: Brief, turns: Sequence[StepTurn]) -> None:
        self._step = step
        self._brief = brief
        self._turns = turns

    async def chat(self, number: int, heard: tuple[Heard, ...], seconds_left: float) -> ModelAnswer:
        """The model's answer to the conversation so far. Raises RefusedError with the model role's reason."""
        submission = self._step.submission
        request = ModelRequest(
            call=f"{self._step.ready.round}-{number}",
            run=self._step.run,
            step=self._step.step,
            shard=self._step.shard,
            model=self._brief.model,
            fallbacks=submission.fallbacks,
            messages=_conversation(self._brief.prompt, self._turns, heard),
            tools=self._brief.tools,
            seconds_left=seconds_left,
            run_usd=submission.limits.usd,
            step_usd=submission.limits.step_usd,
            replay=submission.replay,
        )
        return await chat(self._step.nc, request)

    async def after_turn(self) -> Outcome | None:
        return None


def _conversation(
    prompt: tuple[Message, ...], turns: Sequence[StepTurn], heard: tuple[Heard, ...]
) -> tuple[Message, ...]:
    messages = list(prompt)
    for turn in turns:
        messages += [Message(role="user", content=f"A person says: {said.text}") for said in turn.heard]
        messages.append(turn.message)
        messages += [tool_message(result) for result in turn.results]
        if not turn.message.tool_calls:
            messages.append(Message(role="user", content=NUDGE))
    messages += [Message(role="user", content=f"A person says: {said.text}") for said in heard]
    return tuple(messages)
