"""Money around a model call: reserved before, settled after, in the run's account and in the fleet's.

Only what is limited is counted: a call takes part where its run, its step or the fleet has a limit, and where it can
cost something.
"""

import contextlib
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from weakref import WeakValueDictionary

from nats.aio.client import Client

from mycoderai.schemas.budget import Account
from mycoderai.schemas.chat import ModelRequest, Usage
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import fleet_account, run_account
from mycoderai.workers.core.budget import Limit, cost_of, nano, unpriced
from mycoderai.workers.core.price import Price, most
from mycoderai.workers.model.bill import Bill, Stake, settle_all
from mycoderai.workers.model.ledger import Ledger
from mycoderai.workers.model.spent import spent_by_fleet, spent_by_run

WAIT_S = 120.0
"""How long a call waits for others to settle before it is refused."""
PriceOf = Callable[[str], Awaitable[Price | None]]
"""The price of a model; None where none is known."""


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
        bill = await self._bill(call, request)
        await bill.reserve()
        try:
            yield bill
        except RefusedError:
            bill.refused()
            raise
        finally:
            await bill.close()

    async def settle_stored(self, call: str, request: ModelRequest, usage: Usage) -> None:
        """An answer was found in the log: settle it, in case the worker that stored it did not come to that."""
        cost = cost_of(usage)
        if cost != 0:
            await settle_all(self._stakes(request), call, cost)

    async def _bill(self, call: str, request: ModelRequest) -> Bill:
        stakes = self._stakes(request)
        amount = await self._most(request, stakes[0].limits[0]) if stakes else 0
        return Bill(call, stakes if amount else [], amount, min(WAIT_S, request.seconds_left))

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

    def _stakes(self, request: ModelRequest) -> list[Stake]:
        own, shared = limits_of(request, self._settings.fleet_usd_per_day)
        stakes = [Stake(self._run_ledger(request), own, request.step)] if own else []
        return [*stakes, Stake(self._fleet_ledger(), shared, "")] if shared else stakes

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
