"""What a model thought goes back to it unchanged and to no other, and does not stop a step where it is not wanted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from model_server import Answer, Call, ModelServer, Refuse, Request
from model_server_support import ANTHROPIC, ASKED, LITELLMS_OWN_WARNINGS, OPENAI, asking, models, provider

from mycoderai.schemas.chat import Message, ModelAnswer
from mycoderai.schemas.settings import ModelSettings
from mycoderai.workers.model.room import room_of

pytestmark = LITELLMS_OWN_WARNINGS
BOTH = pytest.mark.parametrize("model", [OPENAI, ANTHROPIC], ids=["openai", "anthropic"])
THOUGHT = "First I look, naïvely 😀; then I think.\n" * 3
THINKING = Answer(
    reasoning=THOUGHT,
    signature="EqQBCkYI/+sig==",
    redacted="EmwKAhgBEgy+redacted==",
    text="I look.",
    calls=(Call(name="bash", arguments={"command": "ls"}),),
)
BLOCKS = [
    {"type": "thinking", "thinking": THOUGHT, "signature": "EqQBCkYI/+sig=="},
    {"type": "redacted_thinking", "data": "EmwKAhgBEgy+redacted=="},
]
EFFORT = {model: ModelSettings(reasoning_effort="low") for model in (OPENAI, ANTHROPIC)}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    async with provider(monkeypatch) as server:
        yield server


async def ask(model: str, *more: Message, **settings: Any) -> ModelAnswer:
    return await models(models=EFFORT, **settings).answer(asking(model, messages=(*ASKED, *more)))


def result_of(answer: ModelAnswer) -> Message:
    return Message(role="tool", tool_call_id=answer.message.tool_calls[0].id, content="calc.py")


async def thought(server: ModelServer, model: str) -> tuple[Message, Message]:
    """A turn in which the model thought before it called a tool."""
    server.script(THINKING)
    given = await ask(model)
    return given.message, result_of(given)


def said(request: Request) -> dict[str, Any]:
    """The model's own message as it was sent back."""
    return next(message for message in request.messages if message["role"] == "assistant")


async def test_signed_and_redacted_blocks_go_back_unchanged(server: ModelServer) -> None:
    turn = await thought(server, ANTHROPIC)
    server.script(Answer(text="done"))
    await ask(ANTHROPIC, *turn)
    first, second = server.requests
    assert first.body["thinking"]["type"] == "enabled"
    assert said(second)["content"][:2] == BLOCKS
    assert [block["type"] for block in said(second)["content"][2:]] == ["text", "tool_use"]
    assert second.body["thinking"] == first.body["thinking"]


async def test_open_reasoning_goes_back_unchanged(server: ModelServer) -> None:
    turn = await thought(server, OPENAI)
    server.script(Answer(text="done"))
    await ask(OPENAI, *turn)
    first, second = server.requests
    assert first.body["reasoning_effort"] == second.body["reasoning_effort"] == "low"
    assert said(second)["reasoning_content"] == THOUGHT


@BOTH
async def test_each_turn_begins_with_what_the_one_before_sent(server: ModelServer, model: str) -> None:
    turn = await thought(server, model)
    server.script(Answer(text="done", reasoning="more"), Answer(text="over"))
    last = (await ask(model, *turn)).message
    await ask(model, *turn, last, Message(role="user", content="go on"))
    _, second, third = (unmarked(request.messages) for request in server.requests)
    assert third[: len(second)] == second


def unmarked(value: Any) -> Any:
    """Without the marks of the provider's cache, which move on."""
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: unmarked(item) for key, item in value.items() if key != "cache_control"}


@BOTH
async def test_another_model_gets_none_of_it(server: ModelServer, model: str) -> None:
    turn = await thought(server, model)
    other = ANTHROPIC if model == OPENAI else OPENAI
    server.script(Refuse(status=402), Answer(text="done"))
    given = await models().answer(asking(model, messages=(*ASKED, *turn), fallbacks=(other,)))
    assert given.model == other
    assert b"First I look" in server.requests[1].raw
    assert b"First I look" not in server.requests[2].raw
    assert b"redacted" not in server.requests[2].raw


@pytest.mark.parametrize(
    "words",
    [
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "When thinking is disabled, an `assistant` message cannot contain `thinking`",
    ],
)
async def test_where_thoughts_are_refused_the_same_is_asked_without(server: ModelServer, words: str) -> None:
    turn = await thought(server, ANTHROPIC)
    server.script(Refuse(status=400, message=words), Answer(text="done"))
    assert (await ask(ANTHROPIC, *turn)).message.content == "done"
    last = server.requests[-1]
    assert "thinking" not in last.body
    assert [block["type"] for block in said(last)["content"]] == ["text", "tool_use"]
    assert len(server.requests) == 3


async def test_a_provider_that_refuses_to_think_is_asked_not_to(server: ModelServer) -> None:
    refused = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
    server.script(Refuse(status=400, message=refused), Answer(text="done"))
    assert (await ask(OPENAI)).message.content == "done"
    assert ["reasoning_effort" in request.body for request in server.requests] == [True, False]


async def test_refused_once_more_it_is_a_failure(server: ModelServer) -> None:
    server.otherwise = Refuse(status=400, message="The reasoning_content must be passed back to the API.")
    with pytest.raises(Exception, match="passed back"):
        await ask(OPENAI)
    assert len(server.requests) == 2


async def test_a_block_that_was_cut_off_is_not_kept(server: ModelServer) -> None:
    server.script(Answer(reasoning=THOUGHT, text="I look.", signature=""))
    message = (await ask(ANTHROPIC)).message
    server.script(Answer(text="done"))
    await ask(ANTHROPIC, message, Message(role="user", content="go on"))
    assert said(server.requests[1])["content"] == [{"type": "text", "text": "I look."}]


@pytest.mark.parametrize(("counted", "tokens"), [({"thought": 12}, 12), ({}, 20), ({"thought": 10**9}, 20)])
async def test_tokens_of_thinking_are_counted(server: ModelServer, counted: dict[str, int], tokens: int) -> None:
    server.script(Answer(reasoning=THOUGHT, text="I look.", usage={"input": 100, "output": 20, **counted}))
    usage = (await ask(OPENAI)).usage
    assert (usage.reasoning_tokens, usage.output_tokens, usage.estimated) == (tokens, 20, False)


@pytest.mark.parametrize(
    ("model", "own", "window", "output"),
    [
        (ANTHROPIC, 0, 200_000, 8192),
        ("openai/gpt-4", 0, 8192, 2048),
        ("openai/gpt-4", 32_000, 32_000, 4096),
        (OPENAI, 0, 0, 8192),
        (OPENAI, 16_000, 16_000, 4000),
    ],
)
async def test_the_answer_says_what_the_model_can_read_and_is_bounded_by_it(
    server: ModelServer, model: str, own: int, window: int, output: int
) -> None:
    server.script(Answer(text="done"))
    given = await models(models={model: ModelSettings(context_window=own)}).answer(asking(model))
    assert given.usage.context_window == window
    body = server.requests[0].body
    assert body.get("max_tokens", body.get("max_completion_tokens")) == output


async def test_ollama_is_told_how_much_to_read(server: ModelServer) -> None:
    server.script(Answer(text="done"))
    told = models(models={"ollama_chat/test": ModelSettings(context_window=32_000)})
    given = await told.answer(asking("ollama_chat/test"))
    assert server.requests[0].body["options"]["num_ctx"] == given.usage.context_window == 32_000


def test_a_list_with_nonsense_in_it_says_nothing() -> None:
    listed = {"test": {"max_input_tokens": "a lot", "max_output_tokens": None}}
    assert room_of(OPENAI, listed) == (0, 8192)
