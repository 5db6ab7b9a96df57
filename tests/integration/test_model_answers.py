"""What becomes of answers that came, however strange, over real HTTP in the formats of OpenAI, Anthropic and Ollama."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from model_server import Answer, Call, ModelServer, Refuse
from model_server_support import (
    ANTHROPIC,
    ASKED,
    LITELLMS_OWN_WARNINGS,
    OLLAMA,
    OPENAI,
    answer,
    asking,
    models,
    provider,
    refusal,
)

from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.failure import FailureCode
from mycoderai.workers.core.price import MAX_OUTPUT_TOKENS, Price

pytestmark = LITELLMS_OWN_WARNINGS
LIST = Call(name="bash", arguments={"command": "ls"})
LIST_TEXT = '{"command": "ls"}'
BOTH = pytest.mark.parametrize("model", [OPENAI, ANTHROPIC], ids=["openai", "anthropic"])
LONG = Answer(text="ein schönes Ende 😀 " * 5)
TURNS = (
    Message(role="assistant", content="I look.", tool_calls=(ToolCall(id="1-1-0", name="bash", arguments=LIST_TEXT),)),
    Message(role="tool", tool_call_id="1-1-0", content="calc.py"),
    Message(role="assistant", tool_calls=(ToolCall(id="1-2-0", name="bash", arguments="{half"),)),
    Message(role="tool", tool_call_id="1-2-0", content="The arguments are not a JSON object."),
)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    async with provider(monkeypatch) as server:
        yield server


@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC, OLLAMA])
async def test_text_and_tool_calls_and_usage_arrive(server: ModelServer, model: str) -> None:
    server.script(Answer(text="I look.", calls=(LIST,), usage={"input": 100, "output": 20, "cached": 64}))
    heard: list[str] = []
    given = await models(prices={model: (2.0, 10.0)}).answer(asking(model), heard.append)
    assert given.message.content == "I look."
    assert [(call.name, call.arguments) for call in given.message.tool_calls] == [("bash", LIST_TEXT)]
    assert given.finish_reason == "tool_calls"
    assert given.model == model
    assert "".join(heard) == "I look."
    assert (given.usage.input_tokens, given.usage.output_tokens) == (100, 20)
    assert given.usage.cached_tokens == (0 if model == OLLAMA else 64)
    assert given.usage.cost_usd == pytest.approx(0.0004)
    assert not given.usage.estimated


@pytest.mark.parametrize(
    ("model", "cost"), [(OPENAI, None), (OLLAMA, 0.0), (ANTHROPIC, 0.0006)], ids=["unpriced", "free", "listed"]
)
async def test_the_cost_is_what_the_price_list_says(server: ModelServer, model: str, cost: float | None) -> None:
    server.script(Answer(text="hello"))
    assert (await answer(model)).usage.cost_usd == (None if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(
    ("model", "per_million"),
    [
        ("openai/priced", (2.0, 10.0)),
        ("openai/unpriced", None),
        ("ollama_chat/any", (0.0, 0.0)),
        ("offline/repair", (0.0, 0.0)),
        ("nonsense", None),
    ],
)
async def test_what_a_call_may_cost_is_known_before_it(model: str, per_million: tuple[float, float] | None) -> None:
    price = await models(prices={"openai/priced": (2.0, 10.0)}).price_of(model)
    assert price is None if per_million is None else price == Price(*(usd / 1e6 for usd in per_million))


async def test_a_listed_price_is_the_dearest_there_is_and_the_output_is_bounded(server: ModelServer) -> None:
    price = await models().price_of(ANTHROPIC)
    assert price
    assert price.input > 3e-6, "writing to the cache costs more than reading"
    assert price.output >= 15e-6
    server.script(Answer(text="hello"))
    await answer(ANTHROPIC)
    assert server.requests[0].body["max_tokens"] == MAX_OUTPUT_TOKENS


@BOTH
@pytest.mark.parametrize(
    "reported",
    [None, {"input": -5, "output": -7}, {"input": 10**12, "output": 20}, {"input": 0, "output": 0}],
    ids=["missing", "negative", "absurd", "nothing"],
)
async def test_usage_that_makes_no_sense_is_estimated(
    server: ModelServer, model: str, reported: dict[str, Any] | None
) -> None:
    server.script(Answer(text="word " * 40, usage=reported))
    usage = (await answer(model)).usage
    assert usage.estimated
    assert 20 < usage.input_tokens < 200
    assert usage.output_tokens == 50


@BOTH
@pytest.mark.parametrize(
    "changes",
    [{"bytes_at_once": 3}, {"newline": "\r\n"}, {"piece": 10**6}, {"piece": 1}],
    ids=["split characters", "CRLF", "one line", "a character an event"],
)
async def test_text_survives_the_way_it_is_sent(server: ModelServer, model: str, changes: dict[str, Any]) -> None:
    server.script(Answer(text=LONG.text, **changes))
    assert (await answer(model)).message.content == LONG.text


@BOTH
async def test_a_huge_line_survives(server: ModelServer, model: str) -> None:
    server.script(Answer(text="x" * 2_000_000, piece=2_000_000))
    assert len((await answer(model)).message.content) == 2_000_000


@BOTH
async def test_bytes_that_are_no_text_lose_only_themselves(server: ModelServer, model: str) -> None:
    server.script(Answer(text="before \ufffd after", corrupt=b"\xff\xfe", piece=40))
    content = (await answer(model)).message.content
    assert content.startswith("before ")
    assert content.endswith(" after")


@BOTH
async def test_unusable_ids_are_replaced_by_ones_of_the_call(server: ModelServer, model: str) -> None:
    calls = (
        Call(name="bash", id="same", arguments={"command": "a"}),
        Call(name="bash", id="same", arguments={"command": "b"}),
        Call(name="bash", id="", arguments={"command": "c"}),
    )
    server.script(Answer(calls=calls))
    given = (await answer(model, call="2-7")).message.tool_calls
    assert [call.id for call in given] == ["same", "2-7-1", "2-7-2"]
    assert [json.loads(call.arguments)["command"] for call in given] == ["a", "b", "c"]


async def test_an_id_of_an_earlier_turn_is_not_used_again(server: ModelServer) -> None:
    server.script(Answer(calls=(Call(name="bash", id="1-1-0", arguments={"command": "a"}),)))
    [call] = (await answer(call="1-3", messages=(*ASKED, *TURNS))).message.tool_calls
    assert call.id == "1-3-0"


@BOTH
async def test_a_call_that_comes_twice_is_taken_once(server: ModelServer, model: str) -> None:
    server.script(Answer(calls=(Call(name="bash", id="x", arguments={"command": "a"}),) * 2))
    assert len((await answer(model)).message.tool_calls) == 1


async def test_arguments_encoded_twice_are_decoded_once(server: ModelServer) -> None:
    server.script(Answer(calls=(Call(name="bash", arguments=json.dumps(LIST_TEXT)),)))
    assert (await answer()).message.tool_calls[0].arguments == LIST_TEXT


@pytest.mark.parametrize("arguments", ['{"command": "ls"', "ls", '{"comand": 1, "extra": []}', "", "[]"])
async def test_other_malformed_arguments_are_the_loops_to_judge(server: ModelServer, arguments: str) -> None:
    server.script(Answer(calls=(Call(name="no_such_tool", arguments=arguments),)))
    given = await answer()
    assert [(call.name, call.arguments) for call in given.message.tool_calls] == [("no_such_tool", arguments)]
    assert given.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    "text",
    [
        "I look.\n<function=bash>\n<parameter=command>\nls\n</parameter>\n</function>",
        'I look.\n<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>',
        'I look.\n```json\n{"name": "bash", "arguments": {"command": "ls"}}\n```',
    ],
    ids=["function tags", "tool_call tags", "fence"],
)
async def test_a_call_written_as_text_is_a_call(server: ModelServer, text: str) -> None:
    server.script(Answer(text=text))
    given = await answer()
    assert given.message.content == "I look."
    assert [(call.id, call.name, json.loads(call.arguments)) for call in given.message.tool_calls] == [
        ("1-1-0", "bash", {"command": "ls"})
    ]


@pytest.mark.parametrize(
    "strange",
    [Answer(), Answer(reasoning="I think and think"), Answer(refusal="I would rather not")],
    ids=["empty", "only reasoning", "refusal field"],
)
async def test_an_answer_without_content_ends_without_calls(server: ModelServer, strange: Answer) -> None:
    server.script(strange)
    given = await answer()
    assert (given.message.content, given.message.tool_calls, given.finish_reason) == ("", (), "stop")


@BOTH
@pytest.mark.parametrize(
    "declined",
    [
        Answer(text="No.", finish="refusal"),
        Answer(text="No.", finish="content_filter"),
        Refuse(status=400, code="content_policy_violation", message="rejected by our safety system"),
    ],
    ids=["refusal", "filter", "error"],
)
async def test_a_refusal_says_so(server: ModelServer, model: str, declined: Answer | Refuse) -> None:
    server.script(declined)
    assert (await answer(model)).finish_reason == "refusal"
    assert len(server.requests) == 1


@BOTH
async def test_role_and_model_of_the_answer_are_not_believed(server: ModelServer, model: str) -> None:
    server.script(Answer(text="hello", role="user", model="something-else"))
    given = await answer(model)
    assert (given.message.role, given.model, given.message.content) == ("assistant", model, "hello")


@pytest.mark.parametrize("named", [False, True], ids=["found out", "named in the settings"])
async def test_a_model_without_native_tools_is_told_of_them_in_text(server: ModelServer, named: bool) -> None:
    def reply(request: Any) -> Answer | Refuse:
        if "tools" in request.body:
            return Refuse(status=400, message="registry.example/test does not support tools")
        return Answer(text="<function=bash>\n<parameter=command>\nls\n</parameter>\n</function>")

    server.otherwise = reply
    asked = models(text_tool_models=(OPENAI,) if named else ())
    for _ in range(2):
        given = await asked.answer(asking(OPENAI, messages=(*ASKED, *TURNS)))
        assert json.loads(given.message.tool_calls[0].arguments) == {"command": "ls"}
    assert len(server.requests) == (2 if named else 3), "it is remembered"
    system, *_, last = server.requests[-1].messages
    assert "bash: Run a command." in system["content"]
    assert last["role"] == "user"
    assert {message["role"] for message in server.requests[-1].messages} == {"system", "user", "assistant"}


@BOTH
async def test_a_malformed_call_in_the_history_does_not_spoil_later_turns(server: ModelServer, model: str) -> None:
    server.script(Answer(text="hello"))
    assert (await answer(model, messages=(*ASKED, *TURNS))).message.content == "hello"


async def test_each_turn_begins_with_the_bytes_of_the_one_before(server: ModelServer) -> None:
    server.script(Answer(text="a"), Answer(text="b"))
    await answer(messages=(*ASKED, *TURNS[:2]))
    await answer(messages=(*ASKED, *TURNS))
    first, second = (json.dumps(request.messages)[:-1] for request in server.requests)
    assert second.startswith(first)


async def test_anthropics_cache_is_kept_where_the_next_turn_finds_it(server: ModelServer) -> None:
    server.script(Answer(text="a"), Answer(text="b"))
    await answer(ANTHROPIC, messages=(*ASKED, *TURNS[:2]))
    await answer(ANTHROPIC, messages=(*ASKED, *TURNS))
    first, second = (request.body for request in server.requests)
    assert first["system"][-1]["cache_control"]
    assert marks(first)[-1] == len(first["messages"]) - 1
    assert marks(second) == [len(first["messages"]) - 1, len(second["messages"]) - 1]


def marks(body: dict[str, Any]) -> list[int]:
    return [i for i, message in enumerate(body["messages"]) if "cache_control" in json.dumps(message)]


async def test_the_key_of_a_provider_is_nowhere_in_what_it_says(server: ModelServer) -> None:
    key = os.environ["OPENAI_API_KEY"]
    server.script(Refuse(status=401, message=f"Incorrect API key provided: {key}"))
    failure = await refusal()
    assert failure.code is FailureCode.MODEL_AUTH
    assert key not in failure.message
    assert "***" in failure.message


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    failure = await refusal()
    assert failure.code is FailureCode.MODEL_AUTH
    assert "OPENAI_API_KEY" in failure.message
    assert not server.requests


@pytest.mark.parametrize("name", ["gpt", "nobody/model", "openai/", "/x", "offline/other"])
async def test_a_name_nobody_knows_is_refused(server: ModelServer, name: str) -> None:
    failure = await refusal(name)
    assert failure.code is FailureCode.UNKNOWN_MODEL
    assert "offline/repair" in failure.message
    assert failure.fix
    assert not server.requests
