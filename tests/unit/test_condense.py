"""A conversation that got too long: old turns give way to an account of them, and nothing a person said is lost."""

import inspect
import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.schemas.chat import Message, Reasoning, ThinkingBlock, Usage
from mycoderai.schemas.events import Heard, StepSteered, StepTurn
from mycoderai.workers.agents import calls
from mycoderai.workers.core.course.account import DENIED, account
from mycoderai.workers.core.course.condense import (
    KEPT_TURNS,
    WINDOW_TOKENS,
    Condensation,
    conversation_chars,
    known_window,
    plan_condensation,
    shorten,
    soft_budget,
)
from mycoderai.workers.core.course.visible import visible
from mycoderai.workers.core.toolcalls.changed import CHANGED
from tests.unit.trajectories import Player, bash, edit, healthy, suite, view

PROMPT = (Message(role="system", content="You are the coder."), Message(role="user", content="Make it green."))
LONG = "a line of output\n" * 200


def worked(turns: int = 12) -> Player:
    player = Player()
    for n in range(turns):
        player.play(bash(f"python make_{'abcdefghijklmnopqrst'[n % 20]}.py", f"{n} {LONG}"), heard=HEARD.get(n, ""))
    return player


HEARD = {2: "Keep the public names.", 7: "And no new\ndependencies, please!"}


def condensed(player: Player, made: Condensation) -> list[StepSteered]:
    turn = player.turns[-1].turn + 1
    event = StepSteered(
        attempt=1, turn=turn, action="condense", reason=made.reason, text=made.text, to_turn=made.to_turn
    )
    return [*player.steered, event]


def plan(player: Player, steered: list[StepSteered] | None = None, max_chars: int = 20_000) -> Condensation | None:
    return plan_condensation(PROMPT, player.turns, steered or [], max_chars=max_chars)


def test_a_conversation_within_its_budget_is_left_alone() -> None:
    assert plan(worked(), max_chars=1_000_000) is None


def test_the_last_turns_stay_whole_and_at_least_thirty_per_cent_go() -> None:
    player = worked()
    made = plan(player)
    assert made
    seen = visible(player.turns, condensed(player, made)).turns
    assert [turn.turn for turn in seen] == [9, 10, 11, 12]
    assert len(seen) == KEPT_TURNS
    assert made.chars_after <= 0.7 * made.chars_before
    assert made.chars_after == conversation_chars(PROMPT, player.turns, condensed(player, made))
    assert "turns 1 to 8" in made.reason


def test_what_people_said_is_there_word_by_word() -> None:
    made = plan(worked())
    assert made
    assert all(text in made.text for text in HEARD.values())


def test_the_answer_of_a_person_to_a_question_is_kept() -> None:
    player = Player()
    player.play(("ask_human", {"question": "Which port?"}, "8080, but only on Sundays", 0, None))
    assert "8080, but only on Sundays" in account(player.turns, [], 1)


def test_two_answers_without_a_place_in_the_log_and_a_denial_are_kept() -> None:
    player = Player()
    player.play(bash("git push", f"{DENIED} Never push, ask Tom.", 1))
    player.turns[0] = msgspec.structs.replace(
        player.turns[0], heard=(Heard(ask=0, text="Go on."), Heard(ask=0, text="But slowly."))
    )
    told = account(player.turns, [], 1)
    assert all(text in told for text in ("Never push, ask Tom.", "Go on.", "But slowly."))


def test_a_call_that_a_person_changed_is_told_as_it_was_made() -> None:
    player = Player()
    player.play(bash("git push --force", f"{CHANGED} done", 0))
    (turn,) = player.turns
    result = msgspec.structs.replace(turn.results[0], arguments='{"command": "git push"}')
    player.turns[0] = msgspec.structs.replace(turn, results=(result,))
    told = account(player.turns, [], 1)
    assert CHANGED in told
    assert "--force" not in told


def test_a_denial_is_told_from_other_errors_by_how_the_loop_words_it() -> None:
    assert DENIED in inspect.getsource(calls)


def test_the_account_names_tests_files_calls_and_open_errors() -> None:
    player = Player()
    player.play(suite("t::a", "t::b"))
    player.play(edit("app/core.py", "a", "b"), tree="T1")
    player.play(bash("make lint", "core.py:3: unused import os", 2))
    player.play(bash("python check.py", "Traceback\nKeyError: 'x'", 1))
    player.play(bash("python check.py", "fine now", 0))
    player.play(suite("t::b"), says="The parser is next.")
    told = account(player.turns, player.steered, 6)
    for text in (
        "turn 1: 2 not green",
        "turn 6: 1 not green",
        "- t::b",
        "app/core.py (turn 2)",
        "bash python check.py → 1, 0 (turns 4, 5)",
        "turn 3: core.py:3: unused import os",
        "The parser is next.",
    ):
        assert text in told
    assert "KeyError" not in told, "it is settled"


def test_work_that_was_taken_back_is_told_as_such() -> None:
    player = Player()
    player.play(view("app/core.py"))
    player.play(edit("app/core.py", "a", "b"), tree="T1")
    rewind = StepSteered(attempt=1, turn=3, action="rewind", reason="It led nowhere.", to_turn=1)
    player.play(suite())
    told = account(player.turns, [rewind], 3)
    assert "(taken back)" in told
    assert "Files changed" not in told
    assert "It led nowhere." in told


def test_condensing_twice_without_a_new_turn_is_impossible() -> None:
    player = worked()
    made = plan(player)
    assert made
    assert plan(player, condensed(player, made), max_chars=10) is None


def test_a_second_condensation_extends_the_first() -> None:
    player = worked()
    first = plan(player)
    assert first
    player.steered = condensed(player, first)
    for n in range(8):
        player.play(bash(f"cat new_{'abcdefgh'[n]}.py", f"new {n} {LONG}"))
    second = plan(player, player.steered)
    assert second
    assert second.to_turn > first.to_turn
    assert all(text in second.text for text in HEARD.values())
    notes = visible(player.turns, condensed(player, second)).notes
    assert [note.text for note in notes] == [second.text], "one account stands for everything before"


def test_a_gain_that_is_not_worth_it_is_refused() -> None:
    player = worked(5)
    assert plan_condensation(PROMPT, player.turns, [], max_chars=10, keep=4) is None


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(500, 60_000), st.integers(1, 8))
def test_a_plan_keeps_its_promises_for_any_trajectory(seed: int, max_chars: int, keep: int) -> None:
    turns = healthy(seed).turns
    made = plan_condensation(PROMPT, turns, [], max_chars=max_chars, keep=keep)
    if made is None:
        return
    assert made.chars_after <= 0.7 * conversation_chars(PROMPT, turns)
    assert turns[-keep].turn == made.to_turn + 1
    assert len(made.text) <= max_chars // 4 + 200
    assert made == plan_condensation(PROMPT, turns, [], max_chars=max_chars, keep=keep)


def conversation(*outputs: str) -> tuple[Message, ...]:
    results = tuple(Message(role="tool", tool_call_id=str(n), content=text) for n, text in enumerate(outputs))
    return (*PROMPT, *results)


def test_shortening_cuts_the_oldest_long_output_in_the_middle_first() -> None:
    messages = conversation("begin" + LONG + "end", "begin" + LONG + "end")
    chars = sum(len(message.content) for message in messages)
    short = shorten(messages, chars - 100)
    assert short[3] == messages[3]
    assert short[2].content.startswith("begin")
    assert short[2].content.endswith("end")
    assert "left out" in short[2].content
    assert sum(len(message.content) for message in short) <= chars - 100


def test_shortening_leaves_alone_what_fits() -> None:
    messages = conversation(LONG)
    assert shorten(messages, 10_000) == messages


@settings(max_examples=100)
@given(st.lists(st.integers(0, 9000), max_size=6), st.integers(0, 12_000))
def test_shortening_ends_never_grows_anything_and_touches_outputs_only(sizes: list[int], max_chars: int) -> None:
    messages = conversation(*("x" * size for size in sizes))
    short = shorten(messages, max_chars)
    assert [m.tool_call_id for m in short] == [m.tool_call_id for m in messages]
    assert short[:2] == messages[:2]
    assert all(len(a.content) <= len(b.content) for a, b in zip(short, messages, strict=True))
    assert shorten(short, max_chars) == short
    total = sum(len(message.content) for message in short)
    assert total <= max_chars or all(len(message.content) <= 240 for message in short[2:])


def test_the_soft_budget_leaves_room_in_the_window() -> None:
    assert soft_budget(100_000) == 280_000


def answered(player: Player, **usage: int) -> list[StepTurn]:
    """Its turns, the last one with what its provider counted."""
    *before, last = player.turns
    counted = Usage(**{"input_tokens": 0, **usage})
    return [*before, msgspec.structs.replace(last, model="m", usage=counted)]


def test_the_window_is_what_the_last_answer_of_the_same_model_says() -> None:
    turns = answered(worked(2), context_window=8000)
    other = msgspec.structs.replace(turns[-1], turn=3, model="fallback", usage=Usage(context_window=1000))
    silent = msgspec.structs.replace(turns[-1], turn=4, usage=Usage())
    assert known_window([*turns, other, silent], "m") == 8000
    assert known_window([*turns, other], "fallback") == 1000
    assert known_window(turns, "another") == known_window([], "m") == WINDOW_TOKENS


def test_a_prompt_of_more_tokens_than_its_length_tells_leaves_less_room() -> None:
    player = worked(3)
    sent = conversation_chars(PROMPT, player.turns[:2]) + len(HEARD[2])
    tools = 2000
    turns = answered(player, input_tokens=sent // 4 + tools)
    budget = soft_budget(10_000, PROMPT, turns)
    assert abs(soft_budget(10_000) - budget - 4 * tools) <= 4


@given(st.integers(1, 10**7), st.integers(1, 10**6), st.booleans())
def test_however_a_provider_counts_the_budget_is_positive_and_no_larger_than_the_guess(
    tokens: int, window: int, estimated: bool
) -> None:
    turns = answered(worked(3), input_tokens=tokens, estimated=estimated)
    budget = soft_budget(window, PROMPT, turns)
    assert budget <= soft_budget(window)
    assert budget > 0 or soft_budget(window) == 0
    if estimated:
        assert budget == soft_budget(window)


def test_a_prompt_that_filled_the_window_is_condensed_before_the_next() -> None:
    player = worked(8)
    turns = answered(player, input_tokens=7900)
    assert plan_condensation(PROMPT, turns, max_chars=soft_budget(100_000, PROMPT, turns)) is None
    assert plan_condensation(PROMPT, turns, max_chars=soft_budget(8000, PROMPT, turns))


def test_what_was_thought_counts() -> None:
    player = worked(1)
    [turn] = player.turns
    thought = Reasoning(model="m", blocks=(ThinkingBlock(thinking="x" * 300, signature="y" * 100),))
    longer = msgspec.structs.replace(turn, message=msgspec.structs.replace(turn.message, reasoning=thought))
    assert conversation_chars((), [longer]) == conversation_chars((), [turn]) + 400


def test_the_size_counts_what_calls_carry() -> None:
    player = Player()
    player.play(bash("x" * 1000, "y" * 500))
    turn: StepTurn = player.turns[0]
    assert conversation_chars((), player.turns) == 4 + len(json.dumps({"command": "x" * 1000})) + len(
        turn.results[0].output
    )
