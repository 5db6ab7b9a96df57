"""What `offline/repair` is asked for, read from how the conversation begins."""

import re
from collections.abc import Sequence
from itertools import takewhile

import msgspec

from mycoderai.schemas.chat import Message, ModelRequest
from mycoderai.schemas.plan import PLANNER, RESOLVER, TESTER

REVIEWER = "reviewer"
TARGETS = "Make these tests pass:"
"""Stands before a list of test ids, one a line, in the goals of steps that `offline/repair` plans."""
PART_OF = "The whole task it is part of:"
_ROLE = re.compile(r"You are the (\S+) of a team")
_NAMED_BY_OTHERS = re.compile(r"^The tests this step is about: (.+)$", re.MULTILINE)
_PLAN_AGAIN = re.compile(r"^Plan again what is left\. (?:Step \S+ failed \(beyond_model\): (.+))?", re.MULTILINE)
_FACTS = "\n\nThe tests are run with: "
_LESS_TRUSTED = re.compile(r"^<(?:document|report|memory)\b", re.MULTILINE)
"""What follows is quoted from the repository or from other steps, and sets no goals."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    role: str = "coder"
    goal: str = ""
    targets: tuple[str, ...] = ()
    """The tests that decide; empty: all do."""
    may_plan: bool = False
    is_part: bool = False
    """A step of several: what it is to reach may be reached by those before it."""
    planned_before: bool = False
    """An earlier plan failed."""
    hopeless: str = ""
    """Why it did, when a step of it was beyond this model: the same search would end the same way."""

    def is_about(self, test: str) -> bool:
        below = tuple(f"{target.rstrip('/')}{mark}" for target in self.targets for mark in "[:/")
        return test in self.targets or test.startswith(below)

    @property
    def plans(self) -> bool:
        return self.role == PLANNER

    @property
    def judges(self) -> bool:
        """Says what holds, and mends nothing."""
        return self.role in (TESTER, REVIEWER)

    @property
    def reviews(self) -> bool:
        return self.role == REVIEWER

    @property
    def resolves(self) -> bool:
        return self.role == RESOLVER


def read_task(request: ModelRequest) -> Task:
    role = _ROLE.search(_first(request.messages, "system"))
    user = _first(request.messages, "user")
    goal = _LESS_TRUSTED.split(user, maxsplit=1)[0]
    failed = _PLAN_AGAIN.search(goal)
    targets = _targets(goal)
    return Task(
        role=role.group(1) if role else "coder",
        goal=goal.split(_FACTS)[0].strip(),
        targets=targets,
        is_part=bool(targets) or PART_OF in goal,
        planned_before=failed is not None,
        hopeless=failed.group(1) or "" if failed else "",
        may_plan=any(tool.name == "plan" for tool in request.tools),
    )


def target_goal(tests: Sequence[str]) -> str:
    return "\n".join([TARGETS, *(f"- {test}" for test in tests)])


def _targets(goal: str) -> tuple[str, ...]:
    _, found, listed = goal.partition(f"{TARGETS}\n")
    if found:
        lines = takewhile(lambda line: line.startswith("- "), listed.splitlines())
        return tuple(line.removeprefix("- ") for line in lines)
    named = _NAMED_BY_OTHERS.search(goal)
    return tuple(named.group(1).split(", ")) if named else ()


def _first(messages: Sequence[Message], role: str) -> str:
    return next((message.content for message in messages if message.role == role), "")
