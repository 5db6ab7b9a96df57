"""What is left of a budget, and where it goes if it goes on like this."""

from datetime import UTC, datetime

import pytest

from mycoderai.gateway.budgets import day_budget, run_budget
from mycoderai.schemas.budget import NANO, Account, Reservation
from mycoderai.schemas.events import Limits
from mycoderai.schemas.memory import RunDetail, RunLine, RunStatus, Spent, Submission

HALF = Account(spent=NANO // 2, open={"c": Reservation(amount=NANO // 4, ticket="t")})


def detail(status: RunStatus, done: int, steps: int, usd: float | None = None) -> RunDetail:
    spent = Spent(known_usd=0.2)
    line = RunLine(
        run="r",
        shard=0,
        task="t",
        model="m",
        role="coder",
        status=status,
        submitted_at="",
        spent=spent,
        steps=steps,
        steps_done=done,
    )
    return RunDetail(run=line, submission=Submission(limits=Limits(usd=usd)))


def test_a_limited_run_is_told_by_its_account_and_projected_by_its_steps() -> None:
    budget = run_budget(detail("running", 1, 4, usd=3.0), HALF)
    assert (budget.spent_usd, budget.reserved_usd, budget.limit_usd) == (0.5, 0.25, 3.0)
    assert budget.projected_usd == 2.0


def test_a_run_without_a_limit_has_no_account_and_is_told_by_its_answers() -> None:
    budget = run_budget(detail("running", 0, 4), None)
    assert (budget.spent_usd, budget.limit_usd, budget.projected_usd) == (0.2, None, None)
    assert run_budget(detail("running", 0, 0), None).projected_usd is None


def test_what_has_ended_costs_what_it_cost() -> None:
    assert run_budget(detail("failed", 1, 4), None).projected_usd == 0.2


@pytest.mark.parametrize(("hour", "projected"), [(0, None), (6, 2.0), (12, 1.0)])
def test_a_day_is_projected_by_the_hour_once_there_is_one(hour: int, projected: float | None) -> None:
    budget = day_budget(datetime(2026, 1, 31, hour, 0, tzinfo=UTC), HALF, 0.0, 5.0)
    assert budget.projected_usd == projected
