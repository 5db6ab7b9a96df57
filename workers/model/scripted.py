"""The models `scripted:<file>`: a transcript plays the model, for tests and examples. docs/models.md has the format."""

import asyncio
import json
import stat
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, ToolCall, Usage
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode

PREFIX = "scripted:"
_FREE = Usage(cost_usd=0.0)


class ScriptedCall(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arguments: dict[str, Any] = {}


class ScriptedError(msgspec.Struct, frozen=True, kw_only=True):
    code: FailureCode = FailureCode.MODEL_ERROR
    message: str = "the transcript says so"


class Turn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model does in one turn."""

    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    usage: Usage = _FREE
    delay_s: float = 0.0
    error: ScriptedError | None = None


Entry = str | list[ScriptedCall] | Turn
"""A turn, or only its text, or only its calls."""


class Transcript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    steps: dict[str, list[Entry]] = {}
    """Conversations by the id of a step, or by a role."""
    default: list[Entry] = []

    def conversation(self, request: ModelRequest) -> list[Entry]:
        by_role = self.steps.get(request.role, self.default)
        return self.steps.get(request.step, by_role)


async def answer(request: ModelRequest) -> ModelAnswer:
    """Raises RefusedError when the file is no transcript or has ended, or where it says so."""
    path = Path(request.model.removeprefix(PREFIX))
    transcript = await _load(path)
    entries, number = transcript.conversation(request), _turn_of(request)
    if number > len(entries):
        raise _refused(f"The transcript {path.name} ends after {len(entries)} turns of {request.step}.")
    turn = _turn(entries[number - 1])
    await asyncio.sleep(turn.delay_s)
    if turn.error:
        raise RefusedError(Failure(code=turn.error.code, message=turn.error.message))
    return _played(turn, request)


async def dearest(model: str) -> float:
    """What the most expensive turn of a transcript costs, in dollars. Raises RefusedError."""
    transcript = await _load(Path(model.removeprefix(PREFIX)))
    entries = (entry for entries in (transcript.default, *transcript.steps.values()) for entry in entries)
    return max((_turn(entry).usage.cost_usd or 0.0 for entry in entries), default=0.0)


def _turn_of(request: ModelRequest) -> int:
    """Counted by the caller where it says so: a conversation that was condensed holds fewer messages."""
    return request.turn or 1 + sum(message.role == "assistant" for message in request.messages)


def _turn(entry: Entry) -> Turn:
    if isinstance(entry, str):
        return Turn(text=entry)
    return Turn(calls=tuple(entry)) if isinstance(entry, list) else entry


def _played(turn: Turn, request: ModelRequest) -> ModelAnswer:
    calls = tuple(
        ToolCall(id=f"{request.call}-{index}", name=call.name, arguments=json.dumps(call.arguments))
        for index, call in enumerate(turn.calls)
    )
    return ModelAnswer(
        message=Message(role="assistant", content=turn.text, tool_calls=calls),
        finish_reason="tool_calls" if calls else "stop",
        usage=turn.usage,
    )


async def _load(path: Path) -> Transcript:
    try:
        known = path.stat()
        if not stat.S_ISREG(known.st_mode):
            return _decoded(await asyncio.to_thread(path.read_bytes))  # a pipe may take its time
        return _read(path, known.st_mtime_ns, known.st_size, known.st_ino)
    except (OSError, msgspec.DecodeError) as err:
        # Not the decoder's words: they could quote a file that is no transcript.
        raise _refused(f"{path.name} is not a transcript that can be read.") from err


@lru_cache(maxsize=16)
def _read(path: Path, *_changes: int) -> Transcript:
    """Read again only when the file is another one than before."""
    return _decoded(path.read_bytes())


def _decoded(text: bytes) -> Transcript:
    found = msgspec.json.decode(text, type=list[Entry] | dict[str, msgspec.Raw])
    return Transcript(default=found) if isinstance(found, list) else msgspec.json.decode(text, type=Transcript)


def _refused(message: str) -> RefusedError:
    return RefusedError(Failure(code=FailureCode.MODEL_ERROR, message=message))
