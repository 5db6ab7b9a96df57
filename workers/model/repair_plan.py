"""Plans of `offline/repair`: a step for each group of failing tests, and one that looks at all of it together."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from mycoderai.schemas.plan import MAIN, TESTER
from mycoderai.workers.model.repair_task import target_goal

GOAL_CHARS = 15_000
"""For the ids of one step's tests; a goal may have 20,000."""
Groups = Sequence[Sequence[str]]


def one_step(task: str) -> dict[str, Any]:
    return {"steps": [{"id": MAIN, "role": "coder", "goal": task, "accept": {"check": "suite"}}]}


def parallel_steps(groups: Groups, left_over: Sequence[str]) -> dict[str, Any]:
    """`left_over`: failing tests no single group can explain; they may need what several steps mend."""
    fixes = [_fix(f"fix-{number}", tests) for number, tests in enumerate(groups, start=1)]
    together = [_left_over([fix["id"] for fix in fixes], left_over)] if left_over else []
    check = {
        "id": "check",
        "role": TESTER,
        "goal": "Run the whole suite on the merged result.",
        "needs": [step["id"] for step in together or fixes],
        "accept": {"check": "suite"},
    }
    return {"steps": [*fixes, *together, check]}


def _fix(name: str, tests: Sequence[str]) -> dict[str, Any]:
    named = _as_many_as_fit(tests)
    return {
        "id": name,
        "role": "coder",
        "goal": target_goal(named),
        "accept": {"check": "targets", "tests": named},
    }


def _left_over(needs: Sequence[str], tests: Sequence[str]) -> dict[str, Any]:
    named = ", ".join(_as_many_as_fit(tests))
    return {
        "id": "together",
        "role": "coder",
        "goal": f"Make the whole suite pass on the merged result. No single step answers for these tests: {named}",
        "needs": needs,
        "accept": {"check": "suite"},
    }


def _as_many_as_fit(tests: Sequence[str]) -> list[str]:
    ends = accumulate(len(test) + 3 for test in tests)
    return [test for index, (test, end) in enumerate(zip(tests, ends, strict=True)) if end <= GOAL_CHARS or not index]
