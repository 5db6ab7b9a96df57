"""A tool call that a person changes: what may be said yes to, what is made of it, and what the model is told."""

import json

import pytest

from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import Answer, ApproveAsked, Question, StepReady
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.core.toolcalls.changed import (
    CHANGED,
    SHOWN_CHARS,
    as_answered,
    as_made,
    refusal,
    result_as_answered,
)
from tests.unit.test_plans_carried_out import planned

CALL = ToolCall(id="c1", name="bash", arguments='{"command": "rm -rf /"}')
MINE = '{"command": "rm -r build"}'
CHANGED_BY_ANN = Answer(question="q", arguments=MINE, by="ann")
RESULT = ToolResult(call="c1", name="bash", output="gone")


def test_a_call_is_made_as_it_was_answered_and_the_journal_says_with_what() -> None:
    made = as_answered(CALL, CHANGED_BY_ANN)
    assert (made.id, made.name, made.arguments) == ("c1", "bash", MINE)
    told = result_as_answered(RESULT, CHANGED_BY_ANN)
    assert told.output == f"{CHANGED} It was made with {MINE} instead.\ngone"
    assert (told.call, told.arguments) == ("c1", MINE)
    assert as_made(CALL, told) == made


@pytest.mark.parametrize("answer", [None, Answer(question="q"), Answer(question="q", approved=False, arguments=MINE)])
def test_without_a_change_the_call_and_its_result_are_as_they_were(answer: Answer | None) -> None:
    assert as_answered(CALL, answer) == CALL
    assert result_as_answered(RESULT, answer) == RESULT
    assert as_made(CALL, RESULT) == as_made(CALL, None) == CALL


def test_a_word_along_with_the_yes_is_told() -> None:
    assert result_as_answered(RESULT, Answer(question="q", text="only once")).output == "A person says: only once\ngone"


def test_of_long_arguments_the_model_sees_the_beginning_and_the_journal_keeps_all() -> None:
    long = json.dumps({"command": "x" * SHOWN_CHARS})
    told = result_as_answered(RESULT, Answer(question="q", arguments=long))
    assert len(told.output) < SHOWN_CHARS + 200
    assert told.arguments == long


@pytest.mark.parametrize(
    ("kind", "tool", "arguments", "says"),
    [
        ("approval", "bash", MINE, ""),
        ("approval", "of_a_handler", "{}", ""),
        ("approval", "bash", "rm -r build", "no JSON object"),
        ("approval", "bash", "[]", "no JSON object"),
        ("approval", "bash", "[" * 100_000, "no JSON object"),
        ("approval", "bash", '{"path": "a"}', "bash cannot be called like that"),
        ("question", "ask_human", "{}", "only a tool call that waits for approval"),
    ],
)
def test_a_change_is_refused_with_the_reason(kind: str, tool: str, arguments: str, says: str) -> None:
    reason = refusal(Question(id="q", kind=kind, text="?", tool=tool), arguments)  # type: ignore[arg-type]
    assert says in reason
    assert bool(says) == bool(reason)


def test_a_step_goes_on_with_the_change_and_a_later_one_is_refused() -> None:
    run = planned()
    run.park("a", kind="approval", tool="bash", arguments=CALL.arguments)
    word, more = run.ask(ApproveAsked(question="a-q", arguments="{}", by="ann"))
    assert (word.accepted, more) == (False, [])
    assert "`bash` takes" in word.reason, "the question stays open"
    word, more = run.ask(ApproveAsked(question="a-q", arguments=MINE, by="ann"))
    assert word.accepted
    (again,) = [event for event in more if isinstance(event, StepReady)]
    assert (again.round, again.answer) == (1, Answer(question="a-q", arguments=MINE, by="ann"))
    late, more = run.ask(ApproveAsked(question="a-q", arguments=CALL.arguments))
    assert (late.reason, more) == ("the question was settled already: approved with changes by ann", [])


def test_a_plan_is_edited_and_has_no_arguments() -> None:
    run = planned(approve="plan")
    word, _ = run.ask(ApproveAsked(question="plan-2", arguments="{}"))
    assert "edit it" in word.reason
    assert run.state.waits
