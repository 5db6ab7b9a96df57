"""Making a conversation fit: old turns give way to an account of them; as a last resort long outputs are cut."""

from collections.abc import Sequence

import msgspec

from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.workers.core.course.account import ACCOUNT_CHARS, account
from mycoderai.workers.core.course.visible import visible

WINDOW_TOKENS = 128_000
"""What a model is taken to hold until an answer of it says better."""
CHARS_PER_TOKEN = 4
SOFT_SHARE = 0.7
"""Of the model's window; the rest is for the answer, for the tools, and for the estimate being wrong."""
KEPT_TURNS = 4
WORTH_IT = 0.7
"""What is left of a conversation's size, at most; else condensing is not worth what it forgets."""
_FLOORS = (4000, 1000, 240)
"""What long outputs are cut to: gently at first."""


class Condensation(msgspec.Struct, frozen=True, kw_only=True):
    to_turn: int
    """The last turn that is left out."""
    text: str
    """What stands for the turns that are left out, those of earlier condensations included."""
    chars_before: int
    chars_after: int

    @property
    def reason(self) -> str:
        left = round(100 * self.chars_after / self.chars_before)
        return f"The conversation got too long: turns 1 to {self.to_turn} are told briefly, {left} % of it is left."


def known_window(turns: Sequence[StepTurn], model: str) -> int:
    """Tokens the model can read, as its last answer says; else what models are taken for."""
    said = (turn.usage.context_window for turn in reversed(turns) if turn.model == model)
    return next(filter(None, said), WINDOW_TOKENS)


def soft_budget(
    window_tokens: int,
    prompt: Sequence[Message] = (),
    turns: Sequence[StepTurn] = (),
    steered: Sequence[StepSteered] = (),
) -> int:
    """Characters a conversation may have before it is condensed, for a model with that window.

    Where the provider counted more tokens in the last request than its length let expect, because of the tools or of
    the language it is in, there is room for less.
    """
    most = int(window_tokens * CHARS_PER_TOKEN * SOFT_SHARE)
    last = turns[-1] if turns else None
    if last is None or last.usage.estimated or not last.usage.input_tokens:
        return most
    before = [event for event in steered if event.turn <= last.turn]
    sent = conversation_chars(prompt, turns[:-1], before) + _heard_chars(last)
    room = int(SOFT_SHARE * window_tokens - last.usage.input_tokens) * CHARS_PER_TOKEN
    return min(most, max(sent + room, sent // 2))


def plan_condensation(
    prompt: Sequence[Message],
    turns: Sequence[StepTurn],
    steered: Sequence[StepSteered] = (),
    *,
    max_chars: int,
    keep: int = KEPT_TURNS,
) -> Condensation | None:
    """How to make the conversation smaller by at least 30 %, or None when it is small enough or that cannot be done.

    Whole turns are left out, so no call loses its result. The last `keep` of those that are visible stay, so there is
    nothing to do a second time before there are new turns.
    """
    before = conversation_chars(prompt, turns, steered)
    left_out = visible(turns, steered).turns[: -max(keep, 1)]
    if before <= max_chars or not left_out:
        return None
    to_turn = left_out[-1].turn
    text = account(turns, steered, to_turn, min(ACCOUNT_CHARS, max_chars // 4))
    condense = StepSteered(attempt=0, turn=turns[-1].turn + 1, action="condense", reason="", text=text, to_turn=to_turn)
    after = conversation_chars(prompt, turns, [*steered, condense])
    if after > WORTH_IT * before:
        return None
    return Condensation(to_turn=to_turn, text=text, chars_before=before, chars_after=after)


def conversation_chars(
    prompt: Sequence[Message], turns: Sequence[StepTurn], steered: Sequence[StepSteered] = ()
) -> int:
    """What the model would be sent, in characters."""
    seen = visible(turns, steered)
    notes = sum(len(note.text) for note in seen.notes)
    return sum(map(_message_chars, prompt)) + sum(map(_turn_chars, seen.turns)) + notes


def _turn_chars(turn: StepTurn) -> int:
    return _heard_chars(turn) + _message_chars(turn.message) + sum(len(result.output) for result in turn.results)


def _heard_chars(turn: StepTurn) -> int:
    return sum(len(said.text) for said in turn.heard)


def _message_chars(message: Message) -> int:
    thought = message.reasoning.length if message.reasoning else 0
    return thought + len(message.content) + sum(len(call.name) + len(call.arguments) for call in message.tool_calls)


def shorten(messages: Sequence[Message], max_chars: int) -> tuple[Message, ...]:
    """The same messages with long tool outputs cut in the middle, oldest first, until they fit.

    Nothing else is touched; what still does not fit then is returned as small as it got.
    """
    short = list(messages)
    chars = sum(map(_message_chars, short))
    for floor in _FLOORS:
        for index, message in enumerate(short):
            if chars <= max_chars:
                return tuple(short)
            if message.role == "tool" and len(message.content) > floor:
                short[index] = msgspec.structs.replace(message, content=_cut(message.content, floor))
                chars -= len(message.content) - len(short[index].content)
    return tuple(short)


def _cut(text: str, limit: int) -> str:
    """Head and tail, in exactly `limit` characters."""
    note = f"\n[{len(text) - limit} characters and more left out]\n"
    half = (limit - len(note)) // 2
    return text[:half] + note + text[len(text) - (limit - half - len(note)) :]
