"""Stuck control: every kind of loop is found soon, and healthy work is left alone."""

from collections.abc import Callable

import pytest

from mycoderai.schemas.events import StepSteered
from mycoderai.schemas.failure import FailureCode
from mycoderai.workers.core.course.ladder import LADDER
from mycoderai.workers.core.course.stuck import Means, Steering
from tests.unit.trajectories import TESTS, Made, Player, bash, edit, healthy, suite, view

RED = TESTS[:2]
EVERYTHING = Means(models=("other/one", "other/two"), replan=True, person=True)
Turn = tuple[tuple[Made, ...], str]


def start(player: Player) -> None:
    for made in (bash("ls", "app\ntests\nsetup.py and more"), view("app/core.py"), suite(*RED)):
        assert player.play(made) is None


def exact(n: int) -> Turn:
    return (bash("cat app/core.py", "def total(items):\n    return 0"),), ""


def exact_tests(n: int) -> Turn:
    return (suite(*RED),), ""


def whitespace_and_names(n: int) -> Turn:
    return (bash(f"python  /tmp/try_{n}.py  --n {n}", "ok" if n < 0 else ""),), ""


def reworded(n: int) -> Turn:
    commands = ("pytest -q", "python -m pytest", "pytest -q tests", "python3 -m pytest -x", "py.test", "pytest -v")
    failed = "\n".join(f"FAILED {name} - assert" for name in RED)
    return (bash(f"{commands[n % 6]}", f"{'.' * n}\n{failed}\n2 failed, 6 passed in 0.{n}1s", 1),), ""


def reworded_views(n: int) -> Turn:
    commands = (
        "cat app/core.py",
        "sed -n 1,99p app/core.py",
        "head -50 app/core.py",
        "less app/core.py",
        "nl -ba core",
    )
    return (bash(commands[n % 5], "def total(items):\n    return 0"),), ""


def back_and_forth(n: int) -> Turn:
    return ((view("app/core.py"),), (suite(*RED),))[n % 2], ""


def three_in_turn(n: int) -> Turn:
    return ((view("app/core.py"),), (suite(*RED),), (bash("git status", "nothing to commit, working tree clean"),))[
        n % 3
    ], ""


def edit_and_revert(n: int) -> Turn:
    turns: tuple[Turn, ...] = (
        ((edit("app/core.py", "-", f"+  # {n}"),), "T1"),
        ((suite(*RED),), ""),
        ((bash("git checkout -- app", f"Updated {n} path"),), "T0"),
    )
    return turns[n % 3]


def two_wrong_versions(n: int) -> Turn:
    return (edit("app/core.py", f"a{n}", f"b{n}", f"Edited line {n}."),), ("T1", "T2")[n % 2]


def dead_sandbox(n: int) -> Turn:
    commands = ("ls", "pytest -q", "git status", "cat app/core.py", "python -c 1")
    return (bash(commands[n % 5], f"bash: fork: retry: Resource temporarily unavailable (try {n})", 254),), ""


def edits_that_never_apply(n: int) -> Turn:
    return (edit("app/core.py", f"old {n}", "new", "old_str does not occur in app/core.py", 1),), ""


def refused_submission(n: int) -> Turn:
    return (("submit", {"summary": f"done {n}"}, "Refused: 2 tests do not pass: a, b.", 1, None),), ""


def monologue(n: int) -> Turn:
    return (), ""


def shuffled(n: int) -> Turn:
    seen = (view("app/core.py"), suite(*RED), bash("ls", "app\ntests\nsetup.py and more"))
    return (seen[(0, 1, 0, 2, 1, 2, 2, 0, 1, 1, 0, 2)[n % 12]],), ""


def watching_nothing_happen(n: int) -> Turn:
    return (bash("sleep 5; tail -1 build.log", "waiting for the lock of another process"),), ""


LOOPS: dict[Callable[[int], Turn], int] = {
    exact: 2,
    exact_tests: 2,
    whitespace_and_names: 3,
    reworded: 3,
    reworded_views: 3,
    back_and_forth: 4,
    three_in_turn: 5,
    edit_and_revert: 5,
    two_wrong_versions: 4,
    dead_sandbox: 3,
    edits_that_never_apply: 3,
    refused_submission: 3,
    monologue: 2,
    shuffled: 7,
    watching_nothing_happen: 11,
}
"""Each loop, and how many calls it may waste before the first reaction."""


def until_steered(player: Player, turn: Callable[[int], Turn], limit: int = 100) -> tuple[int, Steering]:
    for n in range(limit):
        made, tree = turn(n)
        if steering := player.play(*made, tree=tree):
            return n + 1, steering
    raise AssertionError("the loop was not found")


@pytest.mark.parametrize(("loop", "wasted"), LOOPS.items(), ids=lambda x: getattr(x, "__name__", ""))
def test_a_loop_gets_a_hint_before_it_wasted_more_calls_than_this(loop: Callable[[int], Turn], wasted: int) -> None:
    player = Player()
    start(player)
    turns, steering = until_steered(player, loop)
    assert steering.action == "hint", "the mildest reaction comes first"
    assert turns - 1 <= wasted
    assert steering.reason
    assert steering.text


@pytest.mark.parametrize("loop", [x for x in LOOPS if x is not watching_nothing_happen], ids=lambda x: x.__name__)
def test_a_loop_that_goes_on_climbs_the_whole_ladder_once(loop: Callable[[int], Turn]) -> None:
    player = Player(EVERYTHING)
    start(player)
    actions, turns = [], 0
    while not actions or actions[-1] not in ("replan", "ask", "fail"):
        more, steering = until_steered(player, lambda n: loop(n + turns))  # noqa: B023  called at once
        turns += more
        actions.append(steering.action)
    expected = ["hint", "rewind", "condense", "switch_model", "replan"]
    assert [action for action in expected if action in actions] == actions, "in order, each once"
    assert {"hint", "rewind", "switch_model", "replan"} <= set(actions)
    assert turns <= 24


def test_without_any_means_the_ladder_ends_in_a_typed_failure() -> None:
    player = Player()
    start(player)
    for expected in ("hint", "rewind", "condense", "fail"):
        _, steering = until_steered(player, exact)
        assert steering.action == expected
    assert steering.failure.code is FailureCode.STUCK
    assert steering.failure.fix


def test_a_rewind_goes_to_the_turn_before_the_loop_and_says_what_did_not_help() -> None:
    player = Player()
    start(player)
    until_steered(player, edit_and_revert)
    _, steering = until_steered(player, edit_and_revert)
    assert (steering.action, steering.to_turn) == ("rewind", 3)
    assert steering.checkpoint
    assert steering.checkpoint.tree == "T0"
    assert "git checkout -- app" in steering.text
    assert any("str_replace" in line for line in steering.evidence)


def test_a_loop_from_the_first_turn_on_goes_back_to_where_the_step_began() -> None:
    player = Player()
    until_steered(player, exact)
    _, steering = until_steered(player, exact)
    assert (steering.action, steering.to_turn, steering.checkpoint) == ("rewind", 0, None)


def test_what_a_person_said_in_turns_that_are_taken_back_stays_in_the_conversation() -> None:
    player = Player()
    start(player)
    player.play(*exact(0)[0], heard="Leave the parser alone!")
    until_steered(player, exact)
    _, steering = until_steered(player, exact)
    assert steering.action == "rewind"
    assert "ann said: Leave the parser alone!" in steering.text


@pytest.mark.parametrize(
    "way_out",
    [
        lambda p: (p.play(edit("app/core.py", "a", "c"), tree="T9"), p.play(suite(RED[0]))),
        lambda p: [p.play(bash(f"python tool_{w}.py", f"a long new answer from {w}")) for w in "abc"],
        lambda p: p.play(view("app/core.py"), heard="Look at the parser."),
    ],
    ids=["fewer tests fail on new files", "new actions succeed", "a person says something"],
)
def test_real_progress_starts_the_ladder_anew(way_out: Callable[[Player], object]) -> None:
    player = Player()
    start(player)
    until_steered(player, exact)
    way_out(player)
    _, steering = until_steered(player, dead_sandbox)
    assert steering.action == "hint"


def test_one_new_look_between_the_same_calls_is_not_progress() -> None:
    player = Player()
    start(player)
    until_steered(player, exact)
    player.play(bash("ls app", "core.py io.py parse.py and others"))
    _, steering = until_steered(player, exact)
    assert steering.action == "rewind"


def test_reading_again_what_was_condensed_away_is_left_alone() -> None:
    player = Player()
    for n in range(20):
        player.play(view(f"app/f{n}.py"))
    event = StepSteered(attempt=1, turn=21, action="condense", reason="too long", text="You read.", to_turn=16)
    player.steered.append(event)
    for n in range(16):
        assert player.play(view(f"app/f{n}.py")) is None


def test_a_fallback_model_is_taken_once_in_the_life_of_a_step() -> None:
    player = Player(Means(models=("b", "c")))
    start(player)
    taken = []
    for word in "xyz":
        actions: list[Steering] = []
        while not actions or actions[-1].action not in ("switch_model", "fail"):
            actions.append(until_steered(player, exact)[1])
        taken.append(actions[-1].model)
        for name in "abc":
            player.play(bash(f"python {word}{name}.py", f"a long new answer of {word} from {name}"))
    assert taken == ["b", "c", ""]


def test_much_work_that_never_helps_the_tests_is_found_in_the_end() -> None:
    player = Player()
    start(player)

    def thrash(n: int) -> Turn:
        return ((suite(*RED),), "") if n % 3 == 2 else ((edit(f"app/f{n}.py", "a", f"b{n}"),), f"T{n + 1}")

    turns, steering = until_steered(player, thrash)
    assert turns <= 85
    assert "not better" in steering.reason
    assert until_steered(player, lambda n: thrash(n + 300))[1].action != "rewind", "nobody throws that much work away"


def test_polling_something_that_moves_is_left_alone() -> None:
    player = Player()
    start(player)
    for n in range(60):
        assert player.play(bash("sleep 10; tail -1 build.log", f"{n} s: compiled {n} units")) is None


def test_reading_many_things_without_a_change_is_left_alone() -> None:
    player = Player()
    start(player)
    for n in range(120):
        looks = (view(f"app/f{n}.py"), bash(f"grep -rn name_{n} .", "", 1), view("app/big.py", n * 50 + 1, n * 50 + 50))
        word = "abcdefghijklmnopqrstuvwxyz"[n % 26] * (n // 26 + 1)
        made = looks[n % 3] if n % 3 != 1 else bash(f"grep -rn {word} .", "", 1)
        assert player.play(made) is None


def test_healthy_trajectories_are_never_called_stuck() -> None:
    turns = 0
    for seed in range(120):
        player = healthy(seed)
        turns += len(player.turns)
        assert not player.steered, f"seed {seed}, turn {player.steered[0].turn}: {player.steered[0].reason}"
    assert turns > 4000


def test_the_ladder_has_its_documented_order() -> None:
    assert LADDER == ("hint", "rewind", "condense", "switch_model", "replan", "ask", "fail")
