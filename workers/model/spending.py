"""Money around a model call: reserved before, settled after, in the run's account and in the fleet's.

Only what is limited is counted: a call takes part where its run, its step or the fleet has a limit, and where it can
cost something.
"""

import contextlib
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.schemas.chat import ModelRequest, Usage
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError, RefusedError, ServiceLost
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import fleet_account, run_account
from mycoderai.workers.core.budget import Account, Limit, Reservation, cost_of, cut_off, nano, settle, unpriced
from mycoderai.workers.core.price import Price, most
from mycoderai.workers.model.ledger import Change, Ledger
from mycoderai.workers.model.spent import spent_by_fleet, spent_by_run

WAIT_S = 120.0
"""How long a call waits for others to settle before it is refused."""
PriceOf = Callable[[str], Awaitable[Price | None]]
"""The price of a model; None where none is known."""
_UNBILLED = {
    FailureCode.UNKNOWN_MODEL,
    FailureCode.MODEL_AUTH,
    FailureCode.MODEL_QUOTA,
    FailureCode.MODEL_UNAVAILABLE,
    FailureCode.CONTEXT_OVERFLOW,
    FailureCode.REPLAY_DIVERGED,
    FailureCode.BAD_SUBMISSION,
}
"""Failures of calls no provider sends a bill for. After any other the reservation counts as spent."""
log = structlog.get_logger()


class Bill:
    """What became of a call; until somebody says so, it is not known what it cost."""

    def __init__(self) -> None:
        self.cost: int | None = None

    def paid(self, usage: Usage) -> None:
        self.cost = cost_of(usage)


class _Stake(NamedTuple):
    """What one account has to do with a call."""

    ledger: Ledger
    limits: tuple[Limit, ...]
    step: str


class Spending:
    def __init__(self, nc: Client, settings: Settings, price_of: PriceOf) -> None:
        self._nc = nc
        self._settings = settings
        self._price_of = price_of
        self._ledgers: WeakValueDictionary[str, Ledger] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def on(self, call: str, request: ModelRequest) -> AsyncIterator[Bill]:
        """Around the request to the provider: reserves before, and settles by the bill after.

        Raises RefusedError when there is no money for the call, ServiceLost when the accounts cannot be reached.
        """
        bill, ticket = Bill(), new_id()
        stakes = await self._reserve(call, request, ticket)
        try:
            yield bill
        except RefusedError as err:
            if err.failure.code in _UNBILLED:
                bill.cost = 0
            raise
        finally:
            await _change_all(stakes, _ending(call, bill.cost, ticket))

    async def settle_stored(self, call: str, request: ModelRequest, usage: Usage) -> None:
        """An answer was found in the log: settle it, in case the worker that stored it did not come to that."""
        cost = cost_of(usage)
        if cost != 0:
            await _change_all(self._stakes(request), _ending(call, cost))

    async def _reserve(self, call: str, request: ModelRequest, ticket: str) -> list[_Stake]:
        stakes = self._stakes(request)
        amount = await self._most(request, stakes[0].limits[0]) if stakes else 0
        if not amount:
            return []
        wait_s = min(WAIT_S, request.seconds_left)
        try:
            for ledger, limits, step in stakes:
                await ledger.reserve(call, Reservation(amount=amount, ticket=ticket, step=step), limits, wait_s)
        except BaseException as err:
            await _change_all(stakes, _ending(call, 0, ticket))
            if isinstance(err, BrokerUnreachable | nats.errors.Error):
                raise ServiceLost(str(err)) from err  # so that it is asked again, not given up
            raise
        return stakes

    async def _most(self, request: ModelRequest, limit: Limit) -> int:
        if request.replay:
            return 0
        prices: list[Price] = []
        for model in (request.model, *request.fallbacks):
            price = await self._price_of(model)
            if price is None:
                raise RefusedError(unpriced(model, limit.scope))
            prices.append(price)
        return most(request, prices)

    def _stakes(self, request: ModelRequest) -> list[_Stake]:
        own, shared = limits_of(request, self._settings.fleet_usd_per_day)
        stakes = [_Stake(self._run_ledger(request), own, request.step)] if own else []
        return [*stakes, _Stake(self._fleet_ledger(), shared, "")] if shared else stakes

    def _run_ledger(self, request: ModelRequest) -> Ledger:
        rebuild = partial(spent_by_run, self._nc, request.run, request.shard)
        return self._ledger(run_account(request.run, request.shard), rebuild)

    def _fleet_ledger(self) -> Ledger:
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        return self._ledger(fleet_account(day), partial(spent_by_fleet, self._nc, self._settings.shards, day))

    def _ledger(self, subject: str, rebuild: Callable[[], Awaitable[Account]]) -> Ledger:
        # One per account in a process, as long as somebody uses it.
        ledger = self._ledgers.get(subject)
        if ledger is None:
            self._ledgers[subject] = ledger = Ledger(self._nc, subject, rebuild)
        return ledger


def limits_of(request: ModelRequest, fleet_usd_per_day: float | None) -> tuple[tuple[Limit, ...], tuple[Limit, ...]]:
    """The limits of the run's account and of the fleet's that a call is under."""
    step, run = request.step_usd, request.run_usd
    own = (Limit("step", nano(step), request.step),) if step is not None else ()
    own = (*own, Limit("run", nano(run))) if run is not None else own
    return own, (Limit("fleet", nano(fleet_usd_per_day)),) if fleet_usd_per_day is not None else ()


def _ending(call: str, cost: int | None, ticket: str = "") -> Change:
    if cost is None:
        return lambda account: (cut_off(account, call, ticket), None)
    return lambda account: (settle(account, call, cost, ticket), None)


async def _change_all(stakes: Sequence[_Stake], change: Change) -> None:
    for stake in stakes:
        try:
            await stake.ledger.change(change)
        except (MycoderError, nats.errors.Error) as err:
            # What is reserved stays so, and counts, until somebody asks for the stored answer of the call again.
            log.warning("budget.not_settled", error=str(err))
