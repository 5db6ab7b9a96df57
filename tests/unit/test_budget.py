"""Money limits: what is spent and what is reserved never exceed a limit together."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mycoderai.schemas.budget import NANO, Account, Reservation
from mycoderai.schemas.chat import Usage
from mycoderai.schemas.failure import FailureCode
from mycoderai.workers.core.budget import (
    MOST,
    Limit,
    Refusal,
    cost_of,
    cut_off,
    nano,
    refused,
    reserve,
    settle,
    spend,
    unpriced,
)

RUN = Limit("run", 100)


def asking(amount: int, ticket: str = "t", step: str = "main") -> Reservation:
    return Reservation(amount=amount, ticket=ticket, step=step)


def accepted(outcome: tuple[Account, Refusal | None]) -> Account:
    account, refusal = outcome
    assert refusal is None
    return account


def refusal_of(outcome: tuple[Account, Refusal | None]) -> Refusal:
    _, refusal = outcome
    assert refusal
    return refusal


def test_a_call_is_refused_only_when_it_could_exceed_the_limit() -> None:
    account = accepted(reserve(Account(), "a", asking(60), [RUN]))
    assert refusal_of(reserve(account, "b", asking(41), [RUN]))
    assert accepted(reserve(account, "b", asking(40), [RUN])).open.keys() == {"a", "b"}


def test_what_a_call_did_not_need_is_there_for_the_next_one() -> None:
    account = settle(accepted(reserve(Account(), "a", asking(90), [RUN])), "a", 10)
    assert account == Account(spent=10, steps={"main": 10})
    accepted(reserve(account, "b", asking(90), [RUN]))


def test_a_cost_above_the_reservation_is_counted_as_it_is() -> None:
    account = settle(accepted(reserve(Account(), "a", asking(10), [RUN])), "a", 130)
    assert account.spent == 130
    assert not refusal_of(reserve(account, "b", asking(1), [RUN])).may_pass


def test_a_refusal_may_pass_when_only_reservations_stand_in_the_way() -> None:
    account = accepted(reserve(Account(spent=40), "a", asking(50), [RUN]))
    crowded, too_dear = (refusal_of(reserve(account, "b", asking(amount), [RUN])) for amount in (60, 61))
    assert crowded.may_pass
    assert not too_dear.may_pass


def test_a_step_has_its_own_limit_within_the_runs() -> None:
    limits = [Limit("step", 30, "one"), RUN]
    account = settle(accepted(reserve(Account(), "a", asking(30, step="one"), limits)), "a", 25)
    assert refusal_of(reserve(account, "b", asking(6, step="one"), limits)).limit.scope == "step"
    accepted(reserve(account, "c", asking(30, step="two"), [Limit("step", 30, "two"), RUN]))
    assert refusal_of(reserve(account, "c", asking(76, step="two"), [RUN])).limit.scope == "run"


def test_a_call_made_again_by_another_worker_leaves_what_the_first_reserved_spent() -> None:
    account = accepted(reserve(Account(), "a", asking(30, "dead"), [RUN]))
    account = accepted(reserve(account, "a", asking(30, "alive"), [RUN]))
    assert (account.spent, account.cut_off) == (30, 30)
    assert settle(account, "a", 7, "dead") == account, "the first one is over, should it live after all"
    assert settle(account, "a", 7, "alive").spent == 37


def test_calls_that_were_cut_off_do_not_keep_each_other_waiting() -> None:
    account = accepted(reserve(Account(), "a", asking(50, "dead"), [RUN]))
    account = accepted(reserve(account, "b", asking(50, "dead"), [RUN]))
    account, crowded = reserve(account, "a", asking(50, "alive"), [RUN])
    assert crowded
    assert crowded.may_pass
    account, refusal = reserve(account, "b", asking(50, "alive"), [RUN])
    assert refusal
    assert not refusal.may_pass
    assert account == Account(spent=100, cut_off=100, steps={"main": 100})


def test_settling_reserving_and_cutting_off_again_change_nothing() -> None:
    account = accepted(reserve(Account(), "a", asking(30), [RUN]))
    assert accepted(reserve(account, "a", asking(30), [RUN])) is account
    settled = settle(account, "a", 7)
    assert settle(settled, "a", 7) is settled
    assert cut_off(settled, "a") is settled


@pytest.mark.parametrize("usd", [None, math.nan, math.inf, -0.01, -math.inf])
def test_a_cost_that_makes_no_sense_is_not_known(usd: float | None) -> None:
    assert cost_of(Usage(cost_usd=usd)) is None


def test_a_limit_without_end_leaves_room_for_everything() -> None:
    accepted(reserve(Account(spent=NANO), "a", asking(10**6 * NANO), [Limit("fleet", nano(math.inf))]))


@given(st.floats(allow_nan=True, allow_infinity=True) | st.none())
def test_an_amount_is_never_negative(usd: float | None) -> None:
    assert 0 <= nano(usd) <= MOST


@given(st.lists(st.floats(0, 1e300), max_size=5))
def test_whatever_is_billed_the_account_can_be_stored(costs: list[float]) -> None:
    account = Account()
    for cost in costs:
        account = cut_off(accepted(reserve(account, "a", asking(nano(cost)), ())), "a")
    assert msgspec.json.decode(msgspec.json.encode(account), type=Account) == account


def test_sums_of_small_amounts_are_exact() -> None:
    account = Account()
    for index in range(10):
        account = accepted(reserve(account, f"c{index}", asking(nano(0.1)), [Limit("run", nano(1.0))]))
    assert refusal_of(reserve(account, "more", asking(1), [Limit("run", nano(1.0))]))


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (
            Refusal(Limit("run", NANO), used=980_000_000, reserved=0, cut_off=0, asked=50_000_000),
            "The run has used $0.98 of $1.00; this call may cost up to $0.05.",
        ),
        (
            Refusal(Limit("step", NANO // 2, "main"), used=499_900_000, reserved=0, cut_off=0, asked=250_000),
            "The step has used $0.4999 of $0.50; this call may cost up to $0.00025.",
        ),
        (
            Refusal(Limit("fleet", 20 * NANO), used=0, reserved=19 * NANO, cut_off=2 * NANO, asked=NANO + NANO // 2),
            "The fleet has today (UTC) used $0.00 of $20.00; this call may cost up to $1.50. "
            "Calls that have not ended reserve $19.00. "
            "Calls that were cut off, and may have been billed, count with $2.00.",
        ),
    ],
)
def test_a_refusal_says_in_dollars_what_was_used_and_what_was_asked(refusal: Refusal, message: str) -> None:
    failure = refused(refusal)
    assert (failure.code, failure.message) == (FailureCode.BUDGET, message)
    assert failure.fix


def test_an_unpriced_model_is_refused_with_the_setting_to_change() -> None:
    failure = unpriced("openai/own", "run")
    assert failure.code is FailureCode.BUDGET
    assert 'set a price for "openai/own" under [prices]' in failure.fix


class Workers(RuleBasedStateMachine):
    """Any interleaving of workers that ask, pay, crash and ask again, against a provider that keeps its own books.

    A worker decides on a state it has read and stores it only when nobody stored another one since.
    """

    LIMITS = (Limit("run", 100), Limit("step", 60, "one"))

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()
        self.stale = self.account
        self.tickets = 0
        self.in_flight: dict[str, tuple[str, int, str]] = {}
        """By ticket: the call, the reservation, the step."""
        self.lost: dict[str, tuple[str, int, str]] = {}
        self.settled: set[str] = set()
        self.billed = 0
        self.billed_one = 0

    def store(self, outcome: tuple[Account, Refusal | None], read: Account) -> bool:
        if read is not self.account:
            return False
        self.account, refusal = outcome
        return refusal is None

    @rule()
    def somebody_reads_and_is_slow(self) -> None:
        self.stale = self.account

    @rule(
        call=st.sampled_from("abc"),
        amount=st.integers(1, 50),
        step=st.sampled_from(["one", "two"]),
        old=st.booleans(),
    )
    def ask(self, call: str, amount: int, step: str, old: bool) -> None:
        call = f"{step}-{call}"
        self.tickets += 1
        ticket = f"t{self.tickets}"
        read = self.stale if old else self.account
        limits = [limit for limit in self.LIMITS if limit.step in ("", step)]
        if self.store(reserve(read, call, asking(amount, ticket, step), limits), read):
            self.in_flight[ticket] = (call, amount, step)
            for limit in limits:
                mine = [held for held in self.account.open.values() if limit.step in ("", held.step)]
                used = self.account.steps.get(limit.step, 0) if limit.step else self.account.spent
                assert used + sum(held.amount for held in mine) <= limit.amount

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def answered(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.in_flight)))
        call, amount, step = self.in_flight.pop(ticket)
        cost = data.draw(st.integers(0, amount))
        self.bill(cost, step)
        before = self.account
        for _ in range(data.draw(st.integers(1, 3))):
            self.account = settle(self.account, call, cost, ticket)
        assert ticket not in self.settled
        assert self.account.spent - before.spent in (0, cost)
        self.settled.add(ticket)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def crashed_and_billed(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.in_flight)))
        self.lost[ticket] = self.in_flight.pop(ticket)
        _, amount, step = self.lost[ticket]
        self.bill(data.draw(st.integers(0, amount)), step)

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def cancelled_in_time(self, data: st.DataObject) -> None:
        call, _, _ = self.lost.pop(ticket := data.draw(st.sampled_from(sorted(self.lost))))
        self.account = cut_off(self.account, call, ticket)

    def bill(self, cost: int, step: str) -> None:
        self.billed += cost
        self.billed_one += cost if step == "one" else 0

    @invariant()
    def nobody_is_billed_more_than_the_limits(self) -> None:
        assert self.billed <= 100
        assert self.billed_one <= 60

    @invariant()
    def the_steps_add_up_and_all_that_was_billed_is_covered(self) -> None:
        assert sum(self.account.steps.values()) == self.account.spent
        assert self.billed <= self.account.spent + sum(held.amount for held in self.account.open.values())
        assert self.account.cut_off <= self.account.spent


TestWorkers = Workers.TestCase


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["", "one", "two"]))))
def test_an_account_made_again_from_payments_holds_their_sum(payments: list[tuple[int, str]]) -> None:
    account = Account()
    for cost, step in payments:
        account = spend(account, cost, step)
    assert account.spent == sum(cost for cost, _ in payments)
    assert account.steps.get("one", 0) == sum(cost for cost, step in payments if step == "one")
