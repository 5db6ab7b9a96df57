"""The upper bound of a call's cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.budget import NANO
from mycoderai.schemas.chat import Message, ModelRequest, ToolCall, ToolSpec
from mycoderai.workers.core.price import FREE, MAX_OUTPUT_TOKENS, Price, input_tokens, most


def request(*messages: Message, tools: tuple[ToolSpec, ...] = ()) -> ModelRequest:
    return ModelRequest(call="1-1", run="r", step="s", model="m", messages=messages, tools=tools, seconds_left=60)


def test_a_free_model_costs_nothing_however_long_the_prompt() -> None:
    assert most(request(Message(role="user", content="x" * 10_000)), [FREE]) == 0


def test_the_bound_covers_the_longest_answer_the_provider_is_asked_for() -> None:
    assert most(request(), [Price(output=1e-5)]) == pytest.approx(MAX_OUTPUT_TOKENS * 1e-5 * NANO)
    assert most(request(), [Price(output=1e-5)], 100) == 100 * 1e-5 * NANO


def test_the_bound_is_that_of_the_dearest_model_that_may_be_asked() -> None:
    assert most(request(), [FREE, Price(call=0.5), Price(call=0.2)]) == NANO // 2


def test_everything_a_provider_reads_counts() -> None:
    text = "x" * 3_000
    call = Message(role="assistant", tool_calls=(ToolCall(id="1", name="bash", arguments=text),))
    tool = ToolSpec(name="bash", description=text, parameters={"type": "object"})
    for counted in (request(Message(role="user", content=text)), request(call), request(tools=(tool,))):
        assert input_tokens(counted.messages, counted.tools) >= 1_000


@given(st.text(max_size=300))
def test_a_prompt_is_never_taken_for_shorter_than_one_token_for_three_bytes(text: str) -> None:
    tokens = input_tokens([Message(role="user", content=text)], ())
    assert tokens >= len(text.encode(errors="replace")) / 3
