"""The plan of a run: steps, what each needs, and what must be seen before a step counts as done."""

from typing import Literal

import msgspec

MAIN = "main"
"""The one step of a run that begins without a plan."""
PLANNER = "planner"
TESTER = "tester"
RESOLVER = "resolver"

Check = Literal["suite", "targets", "no_regression", "none"]


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an executor must have seen before a step is done (invariant I7)."""

    check: Check = "suite"
    """`suite`: every test passes. `targets`: the tests named pass, and none that passed where the step began has
    stopped passing. `no_regression`: only the latter. `none`: the step hands over no code."""
    tests: tuple[str, ...] = ()
    """Ids of the tests a `targets` check is about."""


class StepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the plan."""

    id: str
    role: str
    goal: str
    needs: tuple[str, ...] = ()
    """Steps whose results this one builds on; it starts at the merge of them."""
    writes: tuple[str, ...] = ()
    """Paths or globs the step expects to change. Steps whose sets overlap are put one after the other; empty says
    nothing and holds nothing up."""
    accept: Acceptance = Acceptance()
    requires: tuple[str, ...] = ()
    """What its workers must have besides the role's skills, such as `docker`; a pool named `<role>-docker` has it."""
    pool: str = ""
    """The pool that takes it; empty: the one named like the role. What it requires decides, where it does."""
    model: str = ""
    """Empty: the run's, or the role's own."""

    @property
    def taken_by(self) -> str:
        return self.pool or self.role
