"""What holds for stuck control whatever a model does."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.workers.core.course.ladder import LADDER
from mycoderai.workers.core.course.stuck import Means, assess
from mycoderai.workers.core.course.visible import standing, visible
from tests.unit.trajectories import Made, Player, bash, edit, suite, view

MADE: list[Made] = [
    bash("ls", "a\nb"),
    bash("pytest -q", "FAILED tests/test_app.py::test_a\n1 failed, 7 passed in 0.1s", 1),
    bash("sleep 1; cat log", "still compiling the first of many units"),
    view("app.py"),
    edit("app.py", "a", "b"),
    suite("tests/test_app.py::test_a"),
    ("bash", {}, "bash: no such command", 127, None),
]
PLAYED = st.lists(
    st.tuples(st.lists(st.sampled_from(MADE), max_size=2), st.sampled_from(["", "T1", "T2"])), min_size=1, max_size=60
)
MEANS = st.builds(
    Means, models=st.lists(st.sampled_from("ab"), unique=True).map(tuple), replan=st.booleans(), person=st.booleans()
)


@settings(max_examples=150)
@given(PLAYED, MEANS)
def test_each_rung_is_taken_once_and_in_order_until_the_ladder_starts_anew(
    played: list[tuple[list[Made], str]], means: Means
) -> None:
    player = Player(means)
    taken = [steering.action for made, tree in played if (steering := player.play(*made, tree=tree))]
    for earlier, later in pairwise(taken):
        ended = earlier in ("replan", "ask", "fail")  # what a step that goes on regardless does is of no interest
        assert ended or later == "hint" or LADDER.index(later) > LADDER.index(earlier)


@settings(max_examples=100)
@given(PLAYED, MEANS)
def test_the_journal_alone_decides(played: list[tuple[list[Made], str]], means: Means) -> None:
    player = Player(means)
    for made, tree in played:
        player.play(*made, tree=tree)
    decoded = msgspec.json.decode(msgspec.json.encode(player.turns), type=list[StepTurn])
    steered = msgspec.json.decode(msgspec.json.encode(player.steered), type=list[StepSteered])
    assert assess(decoded, steered, means=means) == assess(player.turns, player.steered, means=means)


@settings(max_examples=100)
@given(PLAYED)
def test_a_rewind_leads_to_a_turn_that_still_stands_and_takes_something_back(
    played: list[tuple[list[Made], str]],
) -> None:
    player = Player()
    for made, tree in played:
        steered = list(player.steered)
        steering = player.play(*made, tree=tree)
        if steering and steering.action == "rewind":
            before = standing(player.turns, steered)
            assert steering.to_turn in {0, *(turn.turn for turn in before)}
            assert steering.to_turn < before[-1].turn
            after = visible(player.turns, player.steered)
            assert all(turn.turn <= steering.to_turn for turn in after.turns)


TEXT = st.text(max_size=40)
CALLS = st.lists(st.builds(ToolCall, id=TEXT, name=TEXT, arguments=TEXT), max_size=3).map(tuple)
DATA = st.none() | st.dictionaries(st.sampled_from(["counts", "not_green"]), st.none() | TEXT | st.lists(st.integers()))
RESULTS = st.lists(
    st.builds(ToolResult, call=TEXT, name=TEXT, output=TEXT, exit_code=st.integers(0, 1), data=DATA), max_size=3
).map(tuple)
TREE = st.sampled_from(["x", "y", ""]).map(lambda tree: Checkpoint(commit=tree, tree=tree))
TURN = st.builds(
    StepTurn,
    attempt=st.just(1),
    turn=st.integers(0, 20),
    heard=st.just(()),
    message=st.builds(Message, role=st.just("assistant"), content=TEXT, tool_calls=CALLS),
    results=RESULTS,
    checkpoint=TREE,
)
STEERED = st.builds(
    StepSteered,
    attempt=st.just(1),
    turn=st.integers(0, 22),
    action=st.sampled_from(["hint", "rewind", "condense", "switch_model"]),
    reason=TEXT,
    to_turn=st.integers(0, 20),
)


@settings(max_examples=120)
@given(st.lists(TURN, max_size=12), st.lists(STEERED, max_size=4), MEANS)
def test_no_journal_however_absurd_makes_it_raise(
    turns: list[StepTurn], steered: list[StepSteered], means: Means
) -> None:
    assert assess(turns, steered, means=means) == assess(turns, steered, means=means)
