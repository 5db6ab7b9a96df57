"""What is done about a loop: the rungs of a ladder, each stronger than the one before, and what is said about it."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.workers.core.course.account import account, sayings
from mycoderai.workers.core.course.loops import Loop, first_turn
from mycoderai.workers.core.course.trace import Trace, shown
from mycoderai.workers.core.course.visible import standing, visible

Rung = Literal["hint", "rewind", "condense", "switch_model", "replan", "ask", "fail"]
LADDER: tuple[Rung, ...] = ("hint", "rewind", "condense", "switch_model", "replan", "ask", "fail")
WORTH_CONDENSING = 4
"""With fewer turns in the conversation there is nothing to leave out."""
NAMED_CALLS = 6


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller could do about a loop, beside what a step can always do."""

    models: tuple[str, ...] = ()
    """Fallbacks, in order; each is taken once in the life of a step."""
    replan: bool = False
    person: bool = False
    """A person can be asked. What they say has to be `heard` in a later turn: that starts the ladder anew."""


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about a loop."""

    action: Rung
    reason: str
    """One sentence for the person."""
    text: str
    """What the model is told; for `ask` the question."""
    to_turn: int = 0
    """`rewind`: the last turn that stays, 0 where the step begins. `condense`: the last turn that is left out."""
    checkpoint: Checkpoint | None = None
    """`rewind`: where the code goes back to; None with `to_turn` 0."""
    model: str = ""
    evidence: tuple[str, ...] = ()
    """The calls of the loop, one line each."""

    @property
    def failure(self) -> Failure:
        """For `fail`, and for a caller that ends the step at `replan`."""
        return failure(FailureCode.STUCK, self.reason)


class Ladder:
    """The rungs, for one loop."""

    def __init__(
        self,
        turns: Sequence[StepTurn],
        steered: Sequence[StepSteered],
        history: Sequence[Trace],
        loop: Loop,
        means: Means,
    ) -> None:
        self._turns = turns
        self._steered = steered
        self._loop = loop
        self._means = means
        self._seen = visible(turns, steered).turns
        numbers = {turn.turn for turn in self._seen}
        self._first = first_turn([trace for trace in history if trace.turn in numbers], loop)
        self._circle = [turn for turn in self._seen if turn.turn >= self._first]
        self._calls = tuple(dict.fromkeys(shown(call) for turn in self._circle for call in turn.message.tool_calls))

    def climb(self, used: set[str]) -> Steering:
        """The next rung. used: those taken since the last progress."""
        reached = max((LADDER.index(rung) for rung in LADDER if rung in used and rung != "condense"), default=-1)
        rungs = (rung for rung in LADDER[reached + 1 :] if rung not in used and self._possible(rung))
        return self._take(next(rungs))

    def _possible(self, rung: Rung) -> bool:
        match rung:
            case "rewind":
                return self._loop.kind != "fruitless"
            case "condense":
                return len(self._seen) >= WORTH_CONDENSING
            case "switch_model":
                return bool(self._next_model)
            case "replan":
                return self._means.replan
            case "ask":
                return self._means.person
        return True

    @property
    def _next_model(self) -> str:
        used = {steer.model for steer in self._steered}
        return next((model for model in self._means.models if model not in used), "")

    def _take(self, rung: Rung) -> Steering:
        reason = f"{self._loop.says}{_DOES[rung].format(turn=self._before, model=self._next_model)}."
        steering = Steering(action=rung, reason=reason, text="\n".join(self._text(rung)), evidence=self._named)
        match rung:
            case "rewind":
                return msgspec.structs.replace(steering, to_turn=self._before, checkpoint=self._checkpoint)
            case "condense":
                return msgspec.structs.replace(steering, to_turn=self._turns[-1].turn)
            case "switch_model":
                return msgspec.structs.replace(steering, model=self._next_model)
        return steering

    def _text(self, rung: Rung) -> Iterator[str]:
        if rung == "condense":
            yield account(self._turns, self._steered, self._turns[-1].turn)
        yield f"{self._loop.says}. {_ADVICE[self._loop.kind]}"
        if rung == "rewind":
            yield f"The files are as they were after turn {self._before} again: what came later is taken back."
            yield from sayings(self._circle)
        if rung in ("rewind", "switch_model", "replan", "ask") and self._named:
            yield "What was tried and did not help:"
            yield from (f"- {call}" for call in self._named)
        if rung == "ask":
            yield "What should be done differently?"

    @property
    def _named(self) -> tuple[str, ...]:
        return self._calls[-NAMED_CALLS:]

    @property
    def _kept(self) -> list[StepTurn]:
        return [turn for turn in standing(self._turns, self._steered) if turn.turn < self._first]

    @property
    def _before(self) -> int:
        return self._kept[-1].turn if self._kept else 0

    @property
    def _checkpoint(self) -> Checkpoint | None:
        return self._kept[-1].checkpoint if self._kept else None


_DOES: dict[Rung, str] = {
    "hint": "; the model is told so",
    "rewind": "; the step goes back to turn {turn}",
    "condense": "; the conversation is put more briefly",
    "switch_model": "; {model} takes over",
    "replan": "; the plan has to change",
    "ask": "; a person has to say how to go on",
    "fail": ", and nothing that was tried got the step going",
}
_ADVICE = {
    "silent": "Answer with a tool call: do the next piece of work, or submit, or give up and say why.",
    "broken": "Calling it again will not help. Find out what is broken, or do without it.",
    "exact": "The result will not change. Use what it says, or do something else.",
    "reworded": "Other words do not change the result. Use what it says, or do something else.",
    "alternating": "Neither of these leads on. Look at the cause from another side before the next change.",
    "undoing": "Going back and forth between the same states does not help. Work out why both are wrong first.",
    "nothing_new": "You have seen all of this. Decide on a change, make it, and run the tests.",
    "fruitless": "Think again about what causes the failures: read the first one, and check each assumption.",
}
