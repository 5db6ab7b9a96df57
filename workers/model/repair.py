"""The model `offline/repair`: a deterministic program behind the same interface as any model.

It reads the conversation, sees what it is asked for (`repair_task`) and how far it has come (`repair_state`), and
answers with the next tool call: run the tests, search for an edit (`mycoder_repair`, which the sandbox's toolbox
holds), apply it with the editor, run the tests, submit. Where it may plan, failing tests about different faults
become parallel steps (`repair_plan`).
"""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, ToolCall, Usage
from mycoderai.workers.model import repair_plan
from mycoderai.workers.model.repair_state import Progress, SearchResult, Tests, read_progress
from mycoderai.workers.model.repair_task import Task, read_task

NAME = "offline/repair"
SLICE_S = 240.0
"""A search is cut into slices, each a journaled turn: a crash loses one slice at most. Each slice has to find the
suspect lines anew, so a slice must be long beside one run of the suite."""
MARGIN_S = 5.0
"""Time kept back for applying an edit, beside two more runs of the suite."""
MIN_SLICE_S = 5.0
GROUPING_S = 60.0
RESOLVING_S = 120.0
NAMED = 10

Call = tuple[str, dict[str, Any]]
_RUN_TESTS: Call = ("run_tests", {})


async def answer(request: ModelRequest) -> ModelAnswer:
    calls = _next(read_task(request), read_progress(request.messages), request.seconds_left)
    tool_calls = tuple(
        ToolCall(id=f"{request.call}-{index}", name=name, arguments=json.dumps(arguments))
        for index, (name, arguments) in enumerate(calls)
    )
    return ModelAnswer(message=Message(role="assistant", tool_calls=tool_calls), usage=Usage(cost_usd=0.0))


def _next(task: Task, done: Progress, seconds_left: float) -> Sequence[Call]:
    if task.resolves and done.resolution is None:
        return [_toolbox("resolve", RESOLVING_S, seconds_left)]
    if done.tests is None:
        return [_RUN_TESTS]
    if not done.tests.found:
        return [_give_up("no_tests", "No tests were found in the repository, so there is nothing to repair towards.")]
    search_s = seconds_left - MARGIN_S - 2 * done.tests.duration_s
    if task.plans:
        return [_planning(task, done, done.tests, search_s)]
    if task.judges:
        return [_judging(task, done, done.tests)]
    return _mending(task, done, done.tests, search_s)


def _planning(task: Task, done: Progress, tests: Tests, search_s: float) -> Call:
    if tests.green:
        return _nothing_failing(tests)
    if task.hopeless:
        return _give_up("beyond_model", task.hopeless)
    if done.plans_refused > 1:
        return _give_up("beyond_model", "The plan was refused twice.")
    if done.plans_refused or task.planned_before or not _may_fall_apart(tests):
        return "plan", repair_plan.one_step(task)
    if done.search is None:
        return _toolbox("groups", GROUPING_S, search_s)
    return "plan", repair_plan.plan(task, done.search)


def _judging(task: Task, done: Progress, tests: Tests) -> Call:
    if done.refusals:
        return _give_up("beyond_model", f"The result was not accepted. {done.refusal}")
    if tests.green:
        return "submit", {"summary": f"All {tests.passed} tests pass.", "verdict": "accept"}
    named = ", ".join([*tests.red[:NAMED], *tests.collect_errors[:1]])
    still_red = f"{tests.not_green} tests do not pass on the merged result: {named}."
    if task.reviews:
        return "submit", {"summary": still_red, "verdict": "changes"}
    return _give_up("beyond_model", still_red)


def _mending(task: Task, done: Progress, tests: Tests, search_s: float) -> Sequence[Call]:
    # Resolving the conflicts may not be enough: after a search for the rest there is a second chance to submit.
    chances = 2 if _resolved(task, done) else 1
    if done.refusals == chances:
        code = "beyond_model" if done.edited else "nothing_failing"
        return [_give_up(code, f"What was handed in was not accepted. {done.refusal}")]
    if done.search is None:
        return [_first_look(task, done, tests, search_s)]
    if not done.edited:
        return _after_search(task, done, done.search, search_s)
    if done.tests_after_edit is None:
        return [_RUN_TESTS]
    if not _confirmed(task, tests, done.tests_after_edit):
        return [_give_up("beyond_model", _NOT_CONFIRMED)]
    return [("submit", {"summary": f"{done.search.title}\n\n{done.search.explanation}".strip()})]


def _resolved(task: Task, done: Progress) -> bool:
    return task.resolves and done.resolution is not None and done.resolution.status == "resolved"


def _first_look(task: Task, done: Progress, tests: Tests, search_s: float) -> Call:
    if done.resolution is not None and done.resolution.status == "unresolved":
        return _give_up("beyond_model", done.resolution.reason)
    if _resolved(task, done) and not done.refusals:
        files = done.resolution.files if done.resolution else ()
        return "submit", {"summary": f"Resolve the conflicts in {', '.join(files)}"}
    if _green(task, tests):
        return _already_green(task, tests) if task.is_part and not done.refusals else _nothing_failing(tests)
    divide = task.may_plan and not task.targets and _may_fall_apart(tests)
    return _search(task, search_s, divide=divide)


def _after_search(task: Task, done: Progress, search: SearchResult, search_s: float) -> Sequence[Call]:
    if search.status == "solved":
        return [("str_replace_editor", {"command": "str_replace", **edit}) for edit in search.edits]
    if search.status == "groups" and not done.plans_refused:
        return [("plan", repair_plan.plan(task, search))]
    if search.status == "groups":
        return [_search(task, search_s)]
    if search.status == "nothing_failing" and task.targets and done.tests:
        return [_already_green(task, done.tests)]
    if search.status == "out_of_time" and search.cursor and search_s > MIN_SLICE_S:
        return [_search(task, search_s, search.cursor)]
    return [_give_up(_CODES.get(search.status, "beyond_model"), search.reason)]


def _may_fall_apart(tests: Tests) -> bool:
    return tests.not_green > 1 and not tests.collect_errors


def _green(task: Task, tests: Tests) -> bool:
    """Of the tests in question; False when that cannot be told."""
    if not task.targets:
        return tests.green
    return tests.all_named and not tests.collect_errors and not any(map(task.is_about, tests.red))


def _confirmed(task: Task, before: Tests, after: Tests) -> bool:
    """As far as the names tell, which come cut when there are many; the gate sees all of them."""
    if not task.targets:
        return not after.not_green
    fresh = set(after.red) - set(before.red) if before.all_named else ()
    return not fresh and not any(map(task.is_about, after.red))


def _search(task: Task, search_s: float, cursor: str = "", *, divide: bool = False) -> Call:
    options = ["--divide"] if divide else []
    options += ["--cursor", shlex.quote(cursor)] if cursor else []
    options += ["--targets", *map(shlex.quote, task.targets)] if task.targets else []
    return _toolbox("search", SLICE_S, search_s, *options)


def _toolbox(verb: str, most_s: float, left_s: float, *options: str) -> Call:
    budget_s = max(MIN_SLICE_S, min(most_s, left_s))
    command = " ".join(["python3 -m mycoder_repair", verb, f"--budget-s {budget_s:.0f}", *options])
    return "bash", {"command": command, "timeout_s": budget_s + 30}


def _nothing_failing(tests: Tests) -> Call:
    return _give_up("nothing_failing", f"All {tests.passed} tests pass already; there is nothing to repair.")


def _already_green(task: Task, tests: Tests) -> Call:
    which = "The tests this step is about" if task.targets else f"All {tests.passed} tests"
    return "submit", {"summary": f"{which} pass with what the steps before it changed."}


def _give_up(code: str, reason: str) -> Call:
    return "give_up", {"code": code, "reason": reason}


_CODES = {
    "exhausted": "beyond_model",
    "out_of_time": "out_of_time",
    "nothing_failing": "nothing_failing",
    "no_tests": "no_tests",
    "not_importable": "not_importable",
}
_NOT_CONFIRMED = "An edit that looked right in the search was not confirmed by the tests on a clean copy."
