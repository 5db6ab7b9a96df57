"""The models `scripted:<file>`: a transcript plays the model, for tests and examples.

The file is a JSON list, one entry per turn: a list of tool calls `{"name": …, "arguments": {…}}`, or a text.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, ToolCall, Usage
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode

PREFIX = "scripted:"


class ScriptedCall(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arguments: dict[str, Any] = {}


async def answer(request: ModelRequest) -> ModelAnswer:
    """Raises RefusedError when the file is no transcript or has ended."""
    path = Path(request.model.removeprefix(PREFIX))
    turns = await asyncio.to_thread(_load, path)
    turn = sum(message.role == "assistant" for message in request.messages)
    if turn >= len(turns):
        raise _refused(f"The transcript {path.name} ends after {len(turns)} turns.")
    entry = turns[turn]
    if isinstance(entry, str):
        return ModelAnswer(message=Message(role="assistant", content=entry), finish_reason="stop", usage=_FREE)
    calls = tuple(
        ToolCall(id=f"{request.call}-{index}", name=call.name, arguments=json.dumps(call.arguments))
        for index, call in enumerate(entry)
    )
    return ModelAnswer(message=Message(role="assistant", tool_calls=calls), usage=_FREE)


_FREE = Usage(cost_usd=0.0)


def _load(path: Path) -> list[str | list[ScriptedCall]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[str | list[ScriptedCall]])
    except (OSError, msgspec.DecodeError) as err:
        # Not the decoder's words: they could quote a file that is no transcript.
        raise _refused(f"{path.name} is not a transcript that can be read.") from err


def _refused(message: str) -> RefusedError:
    return RefusedError(Failure(code=FailureCode.MODEL_ERROR, message=message))
