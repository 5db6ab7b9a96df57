"""Transcripts: a whole run with several steps can be played from one file."""

import asyncio
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode
from mycoderai.workers.model import scripted

CALL = {"name": "bash", "arguments": {"command": "ls"}}
Write = Callable[[object], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(transcript: object) -> str:
        path = tmp_path / "transcript.json"
        path.write_text(transcript if isinstance(transcript, str) else json.dumps(transcript))
        return f"scripted:{path}"

    return written


async def play(model: str, step: str = "main", role: str = "coder", turn: int = 0, said: int = 0) -> ModelAnswer:
    messages = (Message(role="user", content="go on"), *(Message(role="assistant"),) * said)
    return await scripted.answer(
        ModelRequest(
            call="1-1", run="r", step=step, role=role, turn=turn, model=model, messages=messages, seconds_left=9
        )
    )


async def refused(model: str, **changes: Any) -> tuple[FailureCode, str]:
    with pytest.raises(RefusedError) as err:
        await play(model, **changes)
    return err.value.failure.code, err.value.failure.message


async def test_a_list_is_one_conversation(write: Write) -> None:
    model = write([[CALL], "all done"])
    first = await play(model)
    assert [(call.id, call.name) for call in first.message.tool_calls] == [("1-1-0", "bash")]
    last = await play(model, said=1)
    assert (last.message.content, last.finish_reason) == ("all done", "stop")


async def test_a_transcript_that_changes_is_read_again(write: Write) -> None:
    assert (await play(write(["one"]))).message.content == "one"
    assert (await play(write(["another"]))).message.content == "another"


async def test_a_pipe_is_waited_for_and_holds_up_nobody_else(tmp_path: Path, write: Write) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    slow = asyncio.create_task(play(f"scripted:{tmp_path / 'pipe.json'}"))
    assert (await play(write(["at once"]))).message.content == "at once"
    await asyncio.to_thread((tmp_path / "pipe.json").write_text, '["at last"]')
    assert (await slow).message.content == "at last"


async def test_the_turn_that_is_named_counts_more_than_the_messages(write: Write) -> None:
    assert (await play(write(["one", "two", "three"]), turn=3, said=1)).message.content == "three"


async def test_a_step_has_its_own_conversation_else_its_role_else_everybody(write: Write) -> None:
    model = write({"steps": {"fix-a": ["by id"], "coder": ["by role"]}, "default": ["by default"]})
    said = [(await play(model, step=step, role=role)).message.content for step, role in _WHO]
    assert said == ["by id", "by role", "by default"]


_WHO = (("fix-a", "coder"), ("fix-b", "coder"), ("plan", "planner"))


async def test_a_turn_may_say_and_cost_and_do_several_things(write: Write) -> None:
    usage = {"input_tokens": 10, "output_tokens": 2, "cost_usd": 0.25}
    given = await play(write([{"text": "I look.", "calls": [CALL], "usage": usage, "delay_s": 0.001}]))
    assert given.message.content == "I look."
    assert given.finish_reason == "tool_calls"
    assert (given.usage.input_tokens, given.usage.cost_usd) == (10, 0.25)


async def test_a_turn_may_fail(write: Write) -> None:
    model = write([{"error": {"code": "model_unavailable", "message": "away"}}])
    assert await refused(model) == (FailureCode.MODEL_UNAVAILABLE, "away")


async def test_the_end_of_a_transcript_is_said(write: Write) -> None:
    code, message = await refused(write(["one"]), turn=2)
    assert code is FailureCode.MODEL_ERROR
    assert "ends after 1 turns of main" in message


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"step": {}}', '[{"says": "x"}]', "7", '{"default": "secret"}', '[{"error": {"code": "no such"}}]'],
)
async def test_what_is_no_transcript_is_refused_without_quoting_it(write: Write, text: str) -> None:
    code, message = await refused(write(text or "\0"))
    assert code is FailureCode.MODEL_ERROR
    assert message == "transcript.json is not a transcript that can be read."


PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()


@pytest.mark.parametrize("example", re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
async def test_the_transcripts_in_the_docs_play(write: Write, example: str) -> None:
    given = await play(write(example))
    assert given.message.content or given.message.tool_calls
