"""What a model call may cost at most, from what is known before it is made. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from mycoderai.schemas.chat import Message, ModelRequest, ToolSpec
from mycoderai.workers.core.budget import nano

MAX_OUTPUT_TOKENS = 8192
"""What a provider has to be asked to stop at, or the bound does not hold."""
BYTES_PER_TOKEN = 3
"""English prose has more, code about as many; what other scripts need more tokens for, they need more bytes for."""
_TOKENS_AROUND_A_MESSAGE = 10


class Price(NamedTuple):
    """In dollars; the dearest rate where there are several."""

    input: float = 0.0
    """A token read, written to the provider's cache where that costs more."""
    output: float = 0.0
    """A token written."""
    call: float = 0.0
    """A call, whatever its length."""


FREE = Price()


def most(request: ModelRequest, prices: Iterable[Price], max_output_tokens: int = MAX_OUTPUT_TOKENS) -> int:
    """An upper bound of the cost of a call to any one of some models, in billionths of a dollar."""
    tokens = input_tokens(request.messages, request.tools)
    costs = (price.call + tokens * price.input + max_output_tokens * price.output for price in prices)
    return nano(max(costs, default=0.0))


def input_tokens(messages: Iterable[Message], tools: Iterable[ToolSpec]) -> int:
    """A generous guess at the length of a prompt."""
    tools_bytes = len(msgspec.json.encode(list(tools)))
    return tools_bytes // BYTES_PER_TOKEN + sum(map(_message_tokens, messages))


def _message_tokens(message: Message) -> int:
    texts = [message.content, *(part for call in message.tool_calls for part in (call.id, call.name, call.arguments))]
    thought = len(msgspec.json.encode(message.reasoning)) if message.reasoning else 0
    size = thought + sum(len(text.encode(errors="replace")) for text in texts)
    return size // BYTES_PER_TOKEN + _TOKENS_AROUND_A_MESSAGE
