"""The conversation made of a journal: laws that hold for any journal, and what steering does to it."""

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.chat import Message, Reasoning, ThinkingBlock, ToolCall
from mycoderai.schemas.events import Heard, StepSteered, StepTurn
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.workers.agents.conversation import EMPTY, LEFT_OUT, NOT_RUN, conversation
from mycoderai.workers.agents.rules import NUDGE
from mycoderai.workers.core.course.visible import visible

PROMPT = (Message(role="system", content="rules"), Message(role="user", content="goal"))
HERE = Checkpoint(commit="c", tree="t")


def turn(number: int, *ids: str, results: Sequence[str] | None = None, heard: Sequence[str] = ()) -> StepTurn:
    answered = ids if results is None else results
    return StepTurn(
        attempt=1,
        turn=number,
        heard=tuple(Heard(ask=number, text=text) for text in heard),
        message=Message(
            role="assistant",
            content=f"thought {number}",
            reasoning=Reasoning(model="m", blocks=(ThinkingBlock(thinking=f"why {number}", signature="s"),)),
            tool_calls=tuple(ToolCall(id=id_, name="bash", arguments="{}") for id_ in ids),
        ),
        results=tuple(ToolResult(call=id_, name="bash", output=f"output {id_}") for id_ in answered),
        checkpoint=HERE,
    )


def steer(action: str, at: int, to: int = 0, text: str = "") -> StepSteered:
    event = {"attempt": 1, "turn": at, "action": action, "reason": "no progress", "text": text, "to_turn": to}
    return msgspec.convert(event, StepSteered)


def told(turns: Sequence[StepTurn], steered: Sequence[StepSteered] = (), heard: Sequence[Heard] = ()) -> list[str]:
    """Who says what, shortly; without the prompt."""
    return [f"{message.role}: {message.content}" for message in conversation(PROMPT, turns, steered, heard)[2:]]


def test_a_turn_is_the_answer_and_its_results() -> None:
    assert told([turn(1, "a", "b")]) == ["assistant: thought 1", "tool: output a", "tool: output b"]


def test_a_turn_without_a_call_is_followed_by_a_nudge() -> None:
    assert told([turn(1), turn(2, "a")])[:2] == ["assistant: thought 1", f"user: {NUDGE}"]


def test_an_empty_answer_is_not_sent_back_empty() -> None:
    empty = msgspec.structs.replace(turn(1), message=Message(role="assistant", content=" \n"))
    assert told([empty])[0] == f"assistant: {EMPTY}"


def test_what_a_person_said_comes_before_the_turn_that_heard_it() -> None:
    said = told([turn(1, "a"), turn(2, "b", heard=["stop that", "really"])])
    assert said[2:5] == ["user: A person says: stop that", "user: A person says: really", "assistant: thought 2"]


def test_what_was_said_since_the_last_turn_comes_last() -> None:
    assert told([turn(1, "a")], heard=[Heard(ask=9, text="now")])[-1] == "user: A person says: now"


def test_a_call_without_a_result_gets_one_and_a_result_without_a_call_goes() -> None:
    assert told([turn(1, "a", "b", results=["b", "x"])])[1:] == [f"tool: {NOT_RUN}", "tool: output b"]


def test_ids_that_are_missing_or_used_again_are_made_new_for_call_and_result() -> None:
    messages = conversation(PROMPT, [turn(1, "a", "a", ""), turn(2, "a")])
    ids = [call.id for message in messages for call in message.tool_calls]
    assert len(set(ids)) == 4
    assert ids[0] == "a"
    assert [message.tool_call_id for message in messages if message.role == "tool"] == ids


def test_calls_with_one_id_keep_their_own_results() -> None:
    results = tuple(ToolResult(call="a", name="bash", output=output) for output in ("first", "second"))
    twice = msgspec.structs.replace(turn(1, "a", "a"), results=results)
    assert told([twice])[1:] == ["tool: first", "tool: second"]


def test_what_a_model_thought_stays_with_its_message_whatever_is_put_right_about_it() -> None:
    empty = turn(1)
    turns = [
        msgspec.structs.replace(empty, message=msgspec.structs.replace(empty.message, content="")),
        turn(2, "a", "a"),
        turn(3, "a", results=[]),
    ]
    own = [message.reasoning for message in conversation(PROMPT, turns) if message.role == "assistant"]
    assert own == [each.message.reasoning for each in turns]


def test_a_hint_comes_before_the_turn_it_is_for() -> None:
    said = told([turn(1, "a"), turn(2, "b")], [steer("hint", 2, text="look elsewhere")])
    assert said[2:4] == ["user: look elsewhere", "assistant: thought 2"]


def test_a_change_of_model_without_a_word_says_nothing() -> None:
    assert told([turn(1, "a")], [steer("switch_model", 2)]) == told([turn(1, "a")])


def test_a_rewind_leaves_out_the_turns_after_its_mark_and_says_why() -> None:
    turns = [turn(1, "a"), turn(2, "b"), turn(3, "c"), turn(4, "d")]
    said = told(turns, [steer("hint", 3, text="a hint"), steer("rewind", 4, to=1, text="back again")])
    assert said == [
        "assistant: thought 1",
        "tool: output a",
        "user: back again",
        "assistant: thought 4",
        "tool: output d",
    ]


def test_a_rewind_keeps_what_people_said() -> None:
    turns = [turn(1, "a"), turn(2, "b", heard=["keep this"])]
    assert told(turns, [steer("rewind", 3, to=1)])[2:] == ["user: A person says: keep this", "user: no progress"]


def test_a_rewind_that_goes_further_back_leaves_what_the_first_one_said() -> None:
    turns = [turn(1, "a"), turn(2, "b"), turn(3, "c")]
    said = told(turns, [steer("rewind", 3, to=1, text="first"), steer("rewind", 4, to=0, text="second")])
    assert said == ["user: first", "user: second"]


def test_a_condensation_stands_for_whole_turns() -> None:
    turns = [turn(1, "a", "b", heard=["mind this"]), turn(2), turn(3, "c")]
    said = told(turns, [steer("condense", 3, to=2, text="so far: nothing")])
    assert said == [
        "user: A person says: mind this",
        "user: so far: nothing",
        "assistant: thought 3",
        "tool: output c",
    ]


def test_a_condensation_without_a_word_says_that_something_is_missing() -> None:
    assert told([turn(1, "a")], [steer("condense", 2, to=1)]) == [f"user: {LEFT_OUT}"]


def test_a_later_condensation_takes_the_place_of_an_earlier_one() -> None:
    turns = [turn(1, "a"), turn(2, "b"), turn(3, "c")]
    said = told(turns, [steer("condense", 2, to=1, text="one"), steer("condense", 4, to=2, text="two")])
    assert said == ["user: two", "assistant: thought 3", "tool: output c"]


def test_a_rewind_into_condensed_turns_keeps_their_condensation() -> None:
    turns = [turn(1, "a"), turn(2, "b"), turn(3, "c")]
    said = told(turns, [steer("condense", 3, to=2, text="one and two"), steer("rewind", 4, to=1, text="back")])
    assert said == ["user: one and two", "user: back"]


_ids = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=3)
_heard = st.lists(st.sampled_from(["stop", "go on"]), max_size=2)


@st.composite
def journals(draw: st.DrawFn, *, hints_only: bool) -> tuple[list[StepTurn], list[StepSteered]]:
    count = draw(st.integers(0, 6))
    turns = [
        turn(number, *draw(_ids), results=draw(st.none() | _ids), heard=draw(_heard)) for number in range(1, count + 1)
    ]
    actions = ["hint", "switch_model"] if hints_only else ["hint", "switch_model", "rewind", "condense"]
    steered = []
    for at in sorted(draw(st.lists(st.integers(1, count + 1), max_size=4))):
        steered.append(steer(draw(st.sampled_from(actions)), at, to=draw(st.integers(0, at - 1)), text="steered"))
    return turns, steered


@given(journals(hints_only=True), st.data())
def test_a_conversation_begins_with_all_of_the_one_before(
    journal: tuple[list[StepTurn], list[StepSteered]], data: st.DataObject
) -> None:
    turns, steered = journal
    if not turns:
        return
    number = data.draw(st.integers(0, len(turns) - 1))
    before = conversation(
        PROMPT, turns[:number], [event for event in steered if event.turn <= number + 1], turns[number].heard
    )
    after = conversation(PROMPT, turns[: number + 1], [event for event in steered if event.turn <= number + 2])
    assert after[: len(before)] == before
    assert len(after) > len(before)


@given(journals(hints_only=False))
def test_every_call_has_one_result_right_after_it_and_roles_alternate_legally(
    journal: tuple[list[StepTurn], list[StepSteered]],
) -> None:
    messages = conversation(PROMPT, *journal)
    assert messages[:2] == PROMPT
    position, seen = 2, set()
    while position < len(messages):
        message = messages[position]
        position += 1
        assert message.role in ("user", "assistant"), "a result stands where no call is"
        if message.role == "user":
            assert message.content
            continue
        ids = [call.id for call in message.tool_calls]
        assert all(ids)
        assert not seen & set(ids)
        assert len(set(ids)) == len(ids)
        seen |= set(ids)
        results = messages[position : position + len(ids)]
        assert [(result.role, result.tool_call_id) for result in results] == [("tool", id_) for id_ in ids]
        position += len(ids)
        follower = messages[position : position + 1]
        assert not follower or follower[0].role == "user" or ids, "two answers in a row"
        assert ids or message.content.strip()
    assert messages[-1].role != "assistant"


@given(journals(hints_only=False))
def test_nothing_a_person_said_is_ever_left_out(journal: tuple[list[StepTurn], list[StepSteered]]) -> None:
    turns, steered = journal
    said = [f"A person says: {heard.text}" for turn_ in turns for heard in turn_.heard]
    contents = [message.content for message in conversation(PROMPT, turns, steered)]
    assert [content for content in contents if content.startswith("A person says: ")] == said


@given(journals(hints_only=False))
def test_the_conversation_holds_what_counts_as_visible_and_nothing_else(
    journal: tuple[list[StepTurn], list[StepSteered]],
) -> None:
    turns, steered = journal
    steered = [msgspec.structs.replace(event, text=f"note {number}") for number, event in enumerate(steered)]
    seen = visible(turns, steered)
    contents = [message.content for message in conversation(PROMPT, turns, steered)]
    assert [text for text in contents if text.startswith("thought")] == [turn_.message.content for turn_ in seen.turns]
    assert {text for text in contents if text.startswith("note")} == {note.text for note in seen.notes}
