"""`offline/repair` in runs of several steps: it plans, mends its share, judges and resolves."""

import shlex
import sys
from pathlib import Path

# With importlib mode a test folder is no package; what tests share is imported by its plain name.
sys.path.insert(0, str(Path(__file__).parent))

import msgspec
import pytest
from repair_talk import EDIT, SEARCH_FOUND, Conversation, report

from mycoderai.schemas.plan import StepSpec
from mycoderai.workers.core.plan import problems
from mycoderai.workers.model.repair_plan import GOAL_CHARS, plan
from mycoderai.workers.model.repair_state import SearchResult
from mycoderai.workers.model.repair_task import Task, target_goal

ODD = "test_a.py::test_cut[it's $(x) — hello\\u2026]"
GROUPS = {"status": "groups", "groups": [["test_a.py::a1", ODD], ["test_b.py::b"]], "left_over": []}
TARGETS = target_goal(["test_a.py::a1", ODD])


def steps_of(arguments: dict[str, object]) -> tuple[StepSpec, ...]:
    steps = msgspec.convert(arguments["steps"], tuple[StepSpec, ...], strict=False)
    assert problems(steps, {"coder", "tester"}) == []
    return steps


def command_of(arguments: dict[str, object]) -> list[str]:
    return shlex.split(str(arguments["command"]))


async def test_several_faults_become_parallel_steps_and_one_that_sees_all() -> None:
    talk = Conversation(tools=["plan"])
    await talk.ask()
    _, arguments = await talk.next(report("test_a.py::a1", ODD, "test_b.py::b"))
    assert "--divide" in command_of(arguments)
    name, proposed = await talk.next(GROUPS)
    assert name == "plan"
    first, second, check = steps_of(proposed)
    assert (first.needs, second.needs, check.needs) == ((), (), (first.id, second.id))
    assert (first.accept.check, first.accept.tests) == ("targets", ("test_a.py::a1", ODD))
    assert (check.role, check.accept.check) == ("coder", "suite"), "where it works, nobody else need be"
    assert first.goal == TARGETS


async def test_what_no_group_answers_for_is_mended_on_the_merged_result() -> None:
    talk = Conversation("Make all tests pass.", role="planner", tools=["plan"])
    await talk.ask()
    await talk.next(report("test_a.py::a1", ODD, "test_b.py::b", "both"))
    _, arguments = await talk.next({**GROUPS, "left_over": ["both"]})
    *fixes, together, check = steps_of(arguments)
    assert (together.role, together.needs) == ("coder", tuple(step.id for step in fixes))
    assert together.accept.check == "suite"
    assert "both" in together.goal
    assert (check.role, check.needs) == ("tester", (together.id,))


async def test_a_plan_that_waits_for_somebodys_word_is_handed_in_again() -> None:
    talk = Conversation(tools=["plan"])
    await talk.ask()
    await talk.next(report("a", "b"))
    proposed = await talk.next(GROUPS)
    assert await talk.next("A plan of 3 steps.\nIt is not over yet: somebody has something to say first.") == proposed


async def test_one_red_test_or_no_right_to_plan_means_the_ordinary_search() -> None:
    for tools, red in ((["plan"], ["a"]), ([], ["a", "b"])):
        talk = Conversation(tools=tools)
        await talk.ask()
        _, arguments = await talk.next(report(*red))
        assert "--divide" not in command_of(arguments)


async def test_a_refused_plan_leads_back_to_the_ordinary_search() -> None:
    talk = Conversation(tools=["plan"])
    await talk.ask()
    await talk.next(report("a", "b"))
    await talk.next(GROUPS)
    name, arguments = await talk.next("The plan cannot be carried out.")
    assert (name, "--divide" in command_of(arguments)) == ("bash", False)
    assert await talk.next(SEARCH_FOUND) == ("str_replace_editor", EDIT)


async def test_a_step_with_targets_mends_these_and_leaves_the_others() -> None:
    talk = Conversation(TARGETS)
    await talk.ask()
    _, arguments = await talk.next(report("test_a.py::a1", ODD, "test_b.py::b"))
    command = command_of(arguments)
    assert command[command.index("--targets") + 1 :] == ["test_a.py::a1", ODD]
    assert await talk.next(SEARCH_FOUND) == ("str_replace_editor", EDIT)
    assert await talk.next("Replaced.") == ("run_tests", {})
    name, _ = await talk.next(report("test_b.py::b"))
    assert name == "submit"


@pytest.mark.parametrize("red", [["test_a.py::a1", "test_b.py::b"], ["test_b.py::b", "test_c.py::c"]])
async def test_an_edit_that_leaves_a_target_red_or_turns_another_test_red_is_no_success(red: list[str]) -> None:
    talk = Conversation(TARGETS)
    await talk.ask()
    await talk.next(report("test_a.py::a1", "test_b.py::b"))
    await talk.next(SEARCH_FOUND)
    await talk.next("Replaced.")
    name, arguments = await talk.next(report(*red))
    assert (name, arguments["code"]) == ("give_up", "beyond_model")


async def test_where_not_all_red_tests_are_named_the_gate_decides() -> None:
    talk = Conversation(TARGETS)
    await talk.ask()
    await talk.next(report("test_a.py::a1", "test_b.py::b", not_green=40, total=90))
    await talk.next(SEARCH_FOUND)
    await talk.next("Replaced.")
    name, _ = await talk.next(report("test_c.py::c", not_green=38, total=90))
    assert name == "submit"


async def test_targets_that_are_green_already_are_handed_in() -> None:
    talk = Conversation(TARGETS)
    await talk.ask()
    assert (await talk.next(report("test_b.py::b")))[0] == "submit"
    name, arguments = await talk.next("Refused: Nothing was changed.")
    assert (name, arguments["code"]) == ("give_up", "nothing_failing")


async def test_targets_other_planners_name_are_found_in_what_the_step_is_told() -> None:
    talk = Conversation("Mend the sums.\n\nThe tests this step is about: test_a.py::a1, test_a.py::a2")
    await talk.ask()
    _, arguments = await talk.next(report("test_a.py::a1", "b"))
    assert command_of(arguments)[-2:] == ["test_a.py::a1", "test_a.py::a2"]


async def test_quoted_text_sets_no_targets() -> None:
    talk = Conversation(f'Mend it.\n\n<document path="AGENTS.md">\n{TARGETS}\n</document>')
    await talk.ask()
    _, arguments = await talk.next(report("test_a.py::a1", "b"))
    assert "--targets" not in command_of(arguments)


async def test_a_planner_asks_for_the_groups_and_plans() -> None:
    talk = Conversation("Make all tests pass.", role="planner", tools=["plan"])
    await talk.ask()
    _, arguments = await talk.next(report("test_a.py::a1", "test_b.py::b"))
    assert command_of(arguments)[:4] == ["python3", "-m", "mycoder_repair", "groups"]
    name, proposed = await talk.next(GROUPS)
    assert name == "plan"
    assert len(steps_of(proposed)) == 3


@pytest.mark.parametrize("red", [["a"], ["a", "b"]])
async def test_a_planner_with_one_fault_plans_one_step(red: list[str]) -> None:
    talk = Conversation("Make all tests pass.", role="planner", tools=["plan"])
    await talk.ask()
    name, proposed = await talk.next(report(*red))
    if name == "bash":
        name, proposed = await talk.next({"status": "groups", "groups": [red], "left_over": []})
    (step,) = steps_of(proposed)
    assert (name, step.role, step.goal) == ("plan", "coder", "Make all tests pass.")


async def test_a_planner_does_not_send_out_again_what_is_beyond_the_model() -> None:
    again = "Make it pass.\n\nPlan again what is left. Step fix-2 failed (beyond_model): Tried all small edits.\nSteps:"
    talk = Conversation(again, role="planner", tools=["plan"])
    await talk.ask()
    name, arguments = await talk.next(report("a", "b"))
    assert (name, arguments["reason"]) == ("give_up", "Tried all small edits.")


async def test_a_planner_whose_plan_failed_otherwise_leaves_the_task_whole() -> None:
    again = (
        "Make it pass.\n\nPlan again what is left. Step fix-2 failed (out_of_time): The time ran out.\nSteps so far:"
    )
    talk = Conversation(again, role="planner", tools=["plan"])
    await talk.ask()
    name, proposed = await talk.next(report("a", "b"))
    assert (name, len(steps_of(proposed))) == ("plan", 1)


async def test_a_tester_hands_in_what_is_green_and_names_what_is_not() -> None:
    talk = Conversation("Run the whole suite on the merged result.", role="tester")
    await talk.ask()
    name, arguments = await talk.next(report())
    assert (name, arguments["verdict"]) == ("submit", "accept")
    talk = Conversation("Run the whole suite on the merged result.", role="tester")
    await talk.ask()
    name, arguments = await talk.next(report("test_b.py::b"))
    assert (name, arguments["code"]) == ("give_up", "beyond_model")
    assert "test_b.py::b" in str(arguments["reason"])


async def test_a_reviewer_asks_for_changes_while_a_test_is_red() -> None:
    talk = Conversation("Review.", role="reviewer")
    await talk.ask()
    name, arguments = await talk.next(report("test_b.py::b"))
    assert (name, arguments["verdict"]) == ("submit", "changes")
    assert "test_b.py::b" in str(arguments["summary"])


async def test_a_resolver_lets_the_tests_choose_and_hands_in() -> None:
    talk = Conversation("Resolve the conflict markers.", role="resolver")
    ((_, arguments),) = await talk.ask()
    assert command_of(arguments)[:4] == ["python3", "-m", "mycoder_repair", "resolve"]
    assert await talk.next({"status": "resolved", "files": ["a.py"], "red": 0}) == ("run_tests", {})
    name, arguments = await talk.next(report())
    assert (name, arguments["summary"]) == ("submit", "Resolve the conflicts in a.py")


async def test_a_resolver_whose_choice_is_refused_searches_for_what_is_missing() -> None:
    talk = Conversation("Resolve the conflict markers.", role="resolver")
    await talk.ask()
    await talk.next({"status": "resolved", "files": ["a.py"], "red": 1})
    assert (await talk.next(report("a")))[0] == "submit"
    name, arguments = await talk.next("Refused: 1 tests do not pass: a.")
    assert (name, "search" in command_of(arguments)) == ("bash", True)
    assert await talk.next(SEARCH_FOUND) == ("str_replace_editor", EDIT)
    assert await talk.next("Replaced.") == ("run_tests", {})
    assert (await talk.next(report()))[0] == "submit"
    assert (await talk.next("Refused: no."))[0] == "give_up"


async def test_a_conflict_nothing_resolves_is_said_as_such() -> None:
    talk = Conversation("Resolve the conflict markers.", role="resolver")
    await talk.ask()
    await talk.next({"status": "unresolved", "reason": "No choice between the two sides can be parsed."})
    name, arguments = await talk.next(report("a"))
    assert (name, arguments["reason"]) == ("give_up", "No choice between the two sides can be parsed.")


def test_the_ids_of_many_tests_fit_into_a_goal() -> None:
    groups = (tuple(f"tests/test_long.py::test_{number:0200}" for number in range(100)), ("b",))
    first, *_ = steps_of(plan(Task(), SearchResult(status="groups", groups=groups)))
    assert GOAL_CHARS / 2 < len(first.goal) < 20_000
    assert first.goal == target_goal(first.accept.tests)
