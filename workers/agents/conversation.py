"""The conversation as the model sees it: made anew at every turn, from the journal alone.

Turn n's conversation begins with all of turn n-1's, byte for byte, unless turns were left out; every tool call of the
model is followed by exactly one result; what a person said is never left out.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import Heard, StepSteered, StepTurn
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.agents.rules import NUDGE

NOT_RUN = "This call was not run: the turn ended before it."
EMPTY = "(empty answer)"
LEFT_OUT = "Earlier turns are left out here."


class Block(NamedTuple):
    """Messages that stay or go together."""

    turn: int
    """The turn they belong to or come before; 0 for what stands for turns that are left out."""
    said: tuple[Message, ...]
    """By people, before the turn."""
    messages: tuple[Message, ...]
    lasting: bool = False
    """Of a rewind: a later one that goes further back leaves it, because it says what did not work."""


def conversation(
    prompt: Sequence[Message],
    turns: Sequence[StepTurn],
    steered: Sequence[StepSteered] = (),
    heard: Sequence[Heard] = (),
) -> tuple[Message, ...]:
    """All messages up to now. `heard`: what people said since the last turn."""
    blocks: list[Block] = []
    known_calls: set[str] = set()
    waiting = sorted(steered, key=lambda event: event.turn)
    for turn in turns:
        while waiting and waiting[0].turn <= turn.turn:
            blocks = _steer(blocks, waiting.pop(0))
        blocks.append(Block(turn.turn, _said(turn.heard), _turn(turn, known_calls)))
    for event in waiting:
        blocks = _steer(blocks, event)
    told = (message for block in blocks for message in (*block.said, *block.messages))
    return (*prompt, *told, *_said(heard))


def tool_message(result: ToolResult) -> Message:
    return Message(role="tool", tool_call_id=result.call, content=result.output)


def _steer(blocks: list[Block], event: StepSteered) -> list[Block]:
    match event.action:
        case "rewind":
            # What people said later than that moves behind it all together, so that it keeps its order.
            said = _all_said(block for block in blocks if block.turn > event.to_turn)
            left = [block if block.turn <= event.to_turn else block._replace(said=()) for block in blocks]
            kept = [block for block in left if not _took_back(event, block)]
            return [*kept, Block(event.turn, said, _user(event.text or event.reason), lasting=True)]
        case "condense":
            gone = [block for block in blocks if block.turn <= event.to_turn]
            kept = [block for block in blocks if block.turn > event.to_turn]
            return [Block(0, _all_said(gone), _user(event.text or LEFT_OUT)), *kept]
        case _:
            return [*blocks, Block(event.turn, (), _user(event.text))]


def _took_back(rewind: StepSteered, block: Block) -> bool:
    return rewind.to_turn < block.turn < rewind.turn and not block.lasting


def _all_said(blocks: Iterable[Block]) -> tuple[Message, ...]:
    return tuple(message for block in blocks for message in block.said)


def _said(heard: Iterable[Heard]) -> tuple[Message, ...]:
    return tuple(message for item in heard for message in _user(f"A person says: {item.text}"))


def _user(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),) if text else ()


def _turn(turn: StepTurn, known_calls: set[str]) -> tuple[Message, ...]:
    calls = turn.message.tool_calls
    if not calls:
        content = turn.message.content if turn.message.content.strip() else EMPTY
        return (Message(role="assistant", content=content, reasoning=turn.message.reasoning), *_user(NUDGE))
    ids = [_unique(call, f"{turn.turn}-{index}", known_calls) for index, call in enumerate(calls)]
    if ids == [result.call for result in turn.results] and turn.message.role == "assistant":
        return (turn.message, *map(tool_message, turn.results))
    asked = tuple(msgspec.structs.replace(call, id=id_) for call, id_ in zip(calls, ids, strict=True))
    results = [msgspec.structs.replace(tool_message(result), tool_call_id=id_) for result, id_ in _paired(turn, ids)]
    return (msgspec.structs.replace(turn.message, role="assistant", tool_calls=asked), *results)


def _unique(call: ToolCall, place: str, known: set[str]) -> str:
    """The call's id, made new where the model gave none or one it gave before: providers refuse the whole request."""
    id_ = call.id if call.id and call.id not in known else f"{call.id or 'call'}-{place}"
    while id_ in known:
        id_ += "-again"
    known.add(id_)
    return id_


def _paired(turn: StepTurn, ids: Sequence[str]) -> Iterable[tuple[ToolResult, str]]:
    """A result for each call, in order; one that is missing is made up, or no provider would take the conversation."""
    left = list(turn.results)
    for call, id_ in zip(turn.message.tool_calls, ids, strict=True):
        found = next((result for result in left if result.call == call.id), None)
        if found:
            left.remove(found)
        yield found or ToolResult(call=call.id, name=call.name, output=NOT_RUN, exit_code=1), id_
