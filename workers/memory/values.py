"""Values as the rows keep them: cut, plain, and sortable as text."""

from datetime import UTC, datetime, timedelta

import msgspec

from mycoderai.schemas.chat import Message
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.plan import StepSpec

KEPT_CHARS = 64 << 10
"""Texts are cut to this: memory is for looking up, the log has the whole."""
NAME_CHARS = 200
"""Names are cut to this. Those of runs and steps are subject tokens, and shorter."""
NOTE_CHARS = 1000
KEPT_NOTES = 50

Statement = tuple[str, tuple[object, ...]]
_encode = msgspec.json.Encoder().encode


def cut(text: str) -> str:
    if len(text) <= KEPT_CHARS:
        return text
    half = KEPT_CHARS // 2 - 32
    return f"{text[:half]}\n… {len(text) - 2 * half} characters cut …\n{text[-half:]}"


def name(text: str) -> str:
    return text[:NAME_CHARS]


def kept(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sentence[:NOTE_CHARS] for sentence in sentences[:KEPT_NOTES])


def sortable(time: str) -> str:
    """The broker leaves trailing zeros of the second out, which would not sort as text."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<9}Z" if time else ""


def as_json(value: object) -> str:
    return _encode(value).decode()


def failure_columns(failure: Failure | None) -> tuple[object, ...]:
    if failure is None:
        return "", "", "", False
    return failure.code.value, cut(failure.message), cut(failure.fix), failure.retryable


def tree_columns(checkpoint: Checkpoint | None) -> tuple[str, str]:
    return (name(checkpoint.commit), name(checkpoint.tree)) if checkpoint else ("", "")


def spec_columns(spec: StepSpec) -> tuple[str, str, str]:
    """Its goal, and all of it without the goal, which has a column of its own."""
    return cut(spec.goal), as_json(spec.needs), as_json(msgspec.structs.replace(spec, goal=""))


def cut_message(message: Message) -> Message:
    if len(message.content) <= KEPT_CHARS and all(len(call.arguments) <= KEPT_CHARS for call in message.tool_calls):
        return message
    calls = tuple(msgspec.structs.replace(call, arguments=cut(call.arguments)) for call in message.tool_calls)
    return msgspec.structs.replace(message, content=cut(message.content), tool_calls=calls)


def now() -> str:
    return _nine_decimals(datetime.now(UTC))


def later(at: str, seconds: float) -> str:
    return _nine_decimals(datetime.fromisoformat(at) + timedelta(seconds=seconds))


def _nine_decimals(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}000Z"
