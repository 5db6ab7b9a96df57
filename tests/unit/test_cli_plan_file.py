"""A plan as a file that a person edits."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.gateway.cli.editing import whole
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.plan_file import PlanFile, read, written
from mycoderai.gateway.cli.plan_show import plan_json, plan_lines, under_way
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import RunPlanned, StepDone
from mycoderai.schemas.plan import Acceptance, StepSpec
from tests.unit.cli_story import OPTIONS, A, B, C, Story

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
SPECS = st.lists(
    st.builds(
        StepSpec,
        id=TEXT,
        role=TEXT,
        goal=TEXT,
        needs=st.lists(TEXT, max_size=3).map(tuple),
        writes=st.lists(TEXT, max_size=3).map(tuple),
        accept=st.builds(
            Acceptance, check=st.sampled_from(["suite", "targets", "none"]), tests=st.lists(TEXT, max_size=2).map(tuple)
        ),
        model=TEXT,
    ),
    max_size=4,
)


@given(SPECS)
def test_what_is_written_is_read_back(steps: list[StepSpec]) -> None:
    found = read(written("01run", 3, steps, ["plan"]))
    assert found.revision == 3
    assert found.steps == tuple(steps)
    assert found.keep is None


@given(st.lists(TEXT, min_size=1, max_size=3))
def test_which_steps_stay_is_written_and_read_back(names: list[str]) -> None:
    assert read(written("01run", 3, [], ["plan"], names)).keep == tuple(names)


def test_the_file_shows_goals_of_several_lines_as_such_and_leaves_out_what_is_not_set() -> None:
    text = written("01run", 2, [StepSpec(id="a", role="coder", goal='fix "a"\nand test it', needs=("plan",))], ["plan"])
    assert '[[step]]\nid = "a"\nrole = "coder"\ngoal = """\nfix "a"\nand test it"""\nneeds = ["plan"]\n' in text
    assert "Done already, and not to be changed: plan." in text
    assert "accept" not in text


def test_the_json_that_show_prints_is_taken_too() -> None:
    story = Story()
    story.run("planned", RunPlanned(steps=(A, B, C)))
    shown = json.dumps(plan_json(story.view))
    assert read(shown).steps == (A, B, C)
    assert (read(shown).revision, read(shown).keep) == (1, ())
    assert read(json.dumps([{"id": "a", "role": "coder", "goal": "g"}])).revision is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("revision = 1\n[[step]\n", "line 2"),
        ('{"steps": [', "line 1"),
        ("revision = 'x'\n", "revision is not a whole number"),
        ("steps = 3\n", "the steps are not a list"),
        ("steps = [3]\n", "step 1 is not a table"),
        ('[[step]]\nid = "a"\nrole = "coder"\n', "step 1 (a): Object missing required field `goal`"),
        ('[[step]]\nid = "a"\nneed = ["b"]\n', "step 1 (a) has an unknown field 'need'"),
        ('[[step]]\nid = "a"\nrole = "r"\ngoal = "g"\nneeds = "b"\n', "step 1 (a): Expected `array`, got `str`"),
        ("step_ = 1\n", "no field 'step_'"),
        ("[[step", "end of document"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(CliError) as caught:
        read(text)
    assert says in caught.value.message
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (None, ["a", "b", "c"]),
        (("a", "b"), ["a", "b", "c"]),
        (("a",), ["a", "c"]),
        ((), ["c"]),
    ],
)
def test_a_step_that_is_under_way_goes_when_it_is_not_kept(keep: tuple[str, ...] | None, left: list[str]) -> None:
    story = Story()
    story.run("planned", RunPlanned(steps=(A, B, C)))
    story.start(A)
    story.start(B)
    assert [spec.id for spec in whole(story.view, PlanFile(1, (C,), keep))] == left


def test_what_is_done_stays_and_what_is_listed_or_has_started_meanwhile_too() -> None:
    story = Story()
    story.run("planned", RunPlanned(steps=(A, B, C)))
    story.start(A)
    story.step("a", "done", StepDone(attempt=1))
    story.start(B)
    assert under_way(story.view) == ["b"]
    assert whole(story.view, PlanFile(1, (), ())) == (A,), "done stays"
    assert whole(story.view, PlanFile(1, (B, C), ())) == (A, B, C), "b was pending when the file was written"
    with pytest.raises(CliError, match="keeps 'c', which has not started"):
        whole(story.view, PlanFile(1, (), ("c",)))


def test_what_is_written_is_toml_whatever_the_goal_says() -> None:
    for goal in ('ends with "', "\x7f\x00", 'a\n"""\nb', "a\\\nb", "a\r\nb", "\n", "tab\there\nx"):
        assert tomllib.loads(written("r", 1, [StepSpec(id="a", role="c", goal=goal)], []))["step"][0]["goal"] == goal


def test_show_plan_tells_how_the_plan_came_to_be() -> None:
    story = Story()
    assert plan_lines(OPTIONS, RunView("r")) == ["run r has no plan yet"]
    story.run("planned", RunPlanned(steps=(A, B)))
    story.run("planned", RunPlanned(revision=2, steps=(A, C), reason="edited by ann", waits=True))
    text = "\n".join(plan_lines(OPTIONS, story.view))
    assert "plan revision 2, waits for approval" in text
    assert "  ○ c (tester) after a, b\n      check" in text
    assert "plan revision 2 (edited by ann): added c (tester) after a, b; dropped b" in text
