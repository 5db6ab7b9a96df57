"""Plans of `offline/repair`: a step for each group of failing tests, and one that looks at all of it together."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from mycoderai.schemas.plan import MAIN, TESTER
from mycoderai.workers.model.repair_state import SearchResult
from mycoderai.workers.model.repair_task import Task, target_goal

GOAL_CHARS = 15_000
"""For the ids of one step's tests; a goal may have 20,000."""
NAMED = 20
_SUITE = {"check": "suite"}
_Step = dict[str, Any]


def plan(task: Task, found: SearchResult) -> dict[str, Any]:
    """`found.left_over` are failing tests no single group explains; they may need what several steps mend."""
    if len(found.groups) < 2:
        return one_step(task)
    # A fleet that was started for one role alone has nobody to take the steps of others.
    role = "coder" if task.plans else task.role
    fixes = [_fix(f"fix-{number}", role, tests) for number, tests in enumerate(found.groups, start=1)]
    together = _together(role, fixes, found.left_over)
    if not task.plans:
        return {"steps": [*fixes, together]}
    steps = [*fixes, together] if found.left_over else fixes
    return {"steps": [*steps, _check([together] if found.left_over else fixes)]}


def one_step(task: Task) -> dict[str, Any]:
    return {"steps": [{"id": MAIN, "role": "coder", "goal": task.goal, "accept": _SUITE}]}


def _fix(name: str, role: str, tests: Sequence[str]) -> _Step:
    named = _as_many_as_fit(tests)
    return {"id": name, "role": role, "goal": target_goal(named), "accept": {"check": "targets", "tests": named}}


def _together(role: str, fixes: Sequence[_Step], tests: Sequence[str]) -> _Step:
    goal = "Run the whole suite on the merged result, and mend what is still red."
    if tests:
        more = f" and {len(tests) - NAMED} more" if len(tests) > NAMED else ""
        goal += f" No single step answers for: {', '.join(tests[:NAMED])}{more}"
    return {"id": "together", "role": role, "goal": goal, "needs": _ids(fixes), "accept": _SUITE}


def _check(after: Sequence[_Step]) -> _Step:
    goal = "Run the whole suite on the merged result."
    return {"id": "check", "role": TESTER, "goal": goal, "needs": _ids(after), "accept": _SUITE}


def _ids(steps: Sequence[_Step]) -> list[str]:
    return [step["id"] for step in steps]


def _as_many_as_fit(tests: Sequence[str]) -> list[str]:
    ends = accumulate(len(test) + 3 for test in tests)
    return [test for index, (test, end) in enumerate(zip(tests, ends, strict=True)) if end <= GOAL_CHARS or not index]
