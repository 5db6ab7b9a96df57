"""Plans: what is refused, what is put in order, which step's result is the run's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.plan import Acceptance, StepSpec
from mycoderai.workers.core.plan import (
    MAX_GOAL_CHARS,
    MAX_STEPS,
    ancestors,
    arrange,
    final_step,
    overlap,
    problems,
    renamed,
    unused,
)

ROLES = ("coder", "tester", "reviewer")
PART = Acceptance(check="no_regression")


def step(id_: str, *needs: str, **fields: object) -> StepSpec:
    return StepSpec(**{"id": id_, "role": "coder", "goal": f"do {id_}", "needs": needs, "accept": PART} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "no steps"),
        ([step(f"s{n}") for n in range(10_000)], f"{MAX_STEPS} are the most"),
        ([step("a"), step("a")], "called 'a'"),
        ([step("a", "b"), step("b", "a")], "in a circle: "),
        ([step("a", "a")], "in a circle"),
        ([step("a", "ghost")], "needs 'ghost'"),
        ([step("a", goal="  ")], "no goal"),
        ([step("a", goal="x" * (MAX_GOAL_CHARS + 1))], "the most"),
        ([step("a", role="wizard")], "'wizard'; there are 'coder', 'reviewer', 'tester'"),
        ([step("a", role="planner")], "plan again"),
        ([step("../a")], "no name for a step"),
        ([step("a", accept=Acceptance(check="targets"))], "names none"),
        ([step("a", needs=tuple(f"n{n}" for n in range(2000)))], "more than"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_with_the_reason(steps: list[StepSpec], says: str) -> None:
    assert any(says in sentence for sentence in problems(steps, ROLES)), problems(steps, ROLES)


def test_new_steps_may_need_what_is_there_already() -> None:
    assert problems([step("b", "a")], ROLES, kept=["a"]) == []


def test_steps_that_may_write_the_same_file_come_one_after_the_other() -> None:
    first, second, third, _ = arrange(
        [step("a", writes=("src/x.py",)), step("b", writes=("src/**",)), step("c", writes=("docs/",))]
    )
    assert (first.needs, second.needs, third.needs) == ((), ("a",), ())


def test_a_plan_without_a_last_word_gets_a_tester_that_sees_everything() -> None:
    *_, check = arrange([step("a"), step("b"), step("c", "a")])
    assert (check.role, check.accept.check, set(check.needs)) == ("tester", "suite", {"b", "c"})


def test_a_plan_that_ends_with_the_whole_suite_stays_as_it_is() -> None:
    plan = [step("a"), step("b"), step("all", "a", "b", accept=Acceptance()), step("look", "all", role="reviewer")]
    plan[3] = StepSpec(id="look", role="reviewer", goal="review", needs=("all",), accept=Acceptance(check="none"))
    assert arrange(plan) == tuple(plan)
    assert final_step(plan) == plan[2]


def test_a_step_that_builds_on_all_others_answers_for_the_suite_itself() -> None:
    review = step("look", "b", role="reviewer", accept=Acceptance(check="none"))
    a, b, look = arrange([step("a"), step("b", "a"), review])
    assert (a.accept.check, b.accept.check, look) == ("no_regression", "suite", review)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a.py", "a.py", True),
        ("./a.py", "a.py", True),
        ("a.py", "a.pyx", False),
        ("src", "src/a.py", True),
        ("src/", "srcs/a.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "docs/a.md", False),
        ("**", "anything", True),
        ("src/a*", "src/b*", False),
    ],
)
def test_overlap_of_write_sets_errs_on_the_safe_side(one: str, other: str, meet: bool) -> None:
    assert overlap([one], [other]) is meet
    assert overlap([other], [one]) is meet


def test_names_that_are_taken_are_changed_where_they_are_needed_too() -> None:
    a, b = renamed([step("a"), step("b", "a")], {"a"})
    assert (a.id, b.id, b.needs) == ("a-2", "b", ("a-2",))
    assert unused("x", {"x", "x-2"}) == "x-3"


@st.composite
def plans(draw: st.DrawFn) -> list[StepSpec]:
    count = draw(st.integers(1, 8))
    paths = st.lists(st.sampled_from(["a.py", "b.py", "src/**", "docs/", "src/x.py"]), max_size=2)
    return [
        step(
            f"s{number}",
            *draw(st.lists(st.sampled_from([f"s{n}" for n in range(number)]), unique=True)) if number else (),
            writes=tuple(draw(paths)),
            accept=draw(st.sampled_from([PART, Acceptance(), Acceptance(check="none")])),
        )
        for number in range(count)
    ]


@given(plans())
def test_an_arranged_plan_is_sound_serial_where_it_writes_and_has_a_last_word(steps: list[StepSpec]) -> None:
    arranged = arrange(steps)
    assert problems(arranged, ROLES) == []
    before = ancestors(arranged)
    for one in arranged:
        for other in arranged:
            if one.id != other.id and overlap(one.writes, other.writes):
                assert one.id in before[other.id] or other.id in before[one.id]
    last = final_step(arranged)
    assert last
    assert {s.id for s in arranged if s.accept.check != "none"} <= {last.id, *before[last.id]}
    assert arrange(arranged) == arranged
