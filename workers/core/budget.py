"""Money limits: an account takes a reservation before a model call and settles it after. Pure.

A reservation is an upper bound of what the call may cost, so what has been spent and what is reserved never exceed
a limit together, however many workers ask at once. Each request to a provider has its own reservation: when a worker
dies with a call, what it had reserved counts as spent, because the provider may have billed it, and the call is
reserved again by whoever makes it again.

Amounts are whole billionths of a dollar: sums of them are exact, and a token of the cheapest model is not lost.
"""

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from mycoderai.schemas.budget import NANO, Account, Reservation
from mycoderai.schemas.chat import Usage
from mycoderai.schemas.failure import Failure, FailureCode, failure

MOST = 4 * 10**18
"""What stands for any larger sum; it still fits the 64 bits of a stored number."""
Scope = Literal["run", "step", "fleet"]


class Limit(NamedTuple):
    scope: Scope
    amount: int
    step: str = ""
    """Only what this step spends counts; empty: all of the account."""


class Refusal(NamedTuple):
    limit: Limit
    used: int
    reserved: int
    """By other calls that have not ended."""
    cut_off: int
    asked: int

    @property
    def may_pass(self) -> bool:
        """Whether there is room once other calls cost less than they reserved."""
        return self.used + self.asked <= self.limit.amount


def reserve(
    account: Account, call: str, reservation: Reservation, limits: Iterable[Limit]
) -> tuple[Account, Refusal | None]:
    """The account with the reservation, unless a limit has no room for it. Asking twice changes nothing.

    Also when it is refused, what an earlier request of the same call reserved is not open any more, but spent.
    """
    mine = account.open.get(call)
    if mine and mine.ticket == reservation.ticket:
        return account, None
    account = cut_off(account, call)
    for limit in limits:
        if refusal := _refusal(account, reservation.amount, limit):
            return account, refusal
    return msgspec.structs.replace(account, open=account.open | {call: reservation}), None


def settle(account: Account, call: str, cost: int, ticket: str = "") -> Account:
    """The reservation of a call replaced by what it cost; a call without one was settled before.

    ticket: only if the reservation is for this request.
    """
    held = account.open.get(call)
    if held is None or ticket not in ("", held.ticket):
        return account
    still_open = {key: value for key, value in account.open.items() if key != call}
    return spend(msgspec.structs.replace(account, open=still_open), cost, held.step)


def cut_off(account: Account, call: str, ticket: str = "") -> Account:
    """Settle a call that ended without saying what it cost: all that was reserved counts as spent."""
    held = account.open.get(call)
    if held is None or ticket not in ("", held.ticket):
        return account
    settled = settle(account, call, held.amount)
    return msgspec.structs.replace(settled, cut_off=min(MOST, settled.cut_off + held.amount))


def spend(account: Account, cost: int, step: str) -> Account:
    """What was spent without a reservation, such as before there was a limit."""
    steps = account.steps | {step: min(MOST, account.steps.get(step, 0) + cost)} if step else account.steps
    return msgspec.structs.replace(account, spent=min(MOST, account.spent + cost), steps=steps)


def nano(usd: float | None) -> int:
    """An amount of money; what is negative or no number is none."""
    # max() before min(): of a NaN it leaves the zero.
    return round(min(max(0.0, (usd or 0.0) * NANO), MOST))


def cost_of(usage: Usage) -> int | None:
    """What a call cost, None where that is not known: no price, or one that makes no sense."""
    usd = usage.cost_usd
    return nano(usd) if usd is not None and 0 <= usd < math.inf else None


def _refusal(account: Account, asked: int, limit: Limit) -> Refusal | None:
    used = account.steps.get(limit.step, 0) if limit.step else account.spent
    others = (held.amount for held in account.open.values() if limit.step in ("", held.step))
    refusal = Refusal(limit, used, sum(others), account.cut_off, asked)
    return refusal if used + refusal.reserved + asked > limit.amount else None


def refused(refusal: Refusal) -> Failure:
    """The refusal as a person reads it."""
    limit = refusal.limit
    sentences = [
        f"The {_NAMES[limit.scope]} used {_usd(refusal.used)} of {_usd(limit.amount)}; "
        f"this call may cost up to {_usd(refusal.asked)}."
    ]
    if refusal.reserved:
        sentences.append(f"Calls that have not ended reserve {_usd(refusal.reserved)}.")
    if refusal.cut_off:
        sentences.append(f"Calls that were cut off, and may have been billed, count with {_usd(refusal.cut_off)}.")
    return failure(FailureCode.BUDGET, " ".join(sentences), _FIXES[limit.scope])


def unpriced(model: str, scope: Scope) -> Failure:
    """Why a model without a known price is not called where money is limited."""
    message = f"Money is limited for the {scope}, but no price is known for {model}, so the limit could not be held."
    return failure(FailureCode.BUDGET, message, f'set a price for "{model}" under [prices] in mycoder.toml')


def _usd(amount: int) -> str:
    whole, _, cents = f"{amount / NANO:.{4 if amount >= NANO // 1000 else 9}f}".partition(".")
    return f"${whole}.{cents.rstrip('0'):0<2}"


_NAMES: dict[Scope, str] = {"run": "run has", "step": "step has", "fleet": "fleet has today (UTC)"}
_FIXES: dict[Scope, str] = {
    "run": "allow more: mycoder run … --budget-usd X",
    "step": "allow each step more: mycoder run … --step-usd X",
    "fleet": "raise fleet_usd_per_day where the model workers run, or wait for the next day (UTC)",
}
