"""The money of one call: reserved before every request to a provider, settled when the call has ended."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import nats.errors
import structlog

from mycoderai.schemas.budget import Reservation
from mycoderai.schemas.chat import ModelAnswer, ModelRequest, Usage
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError, RefusedError, ServiceLost
from mycoderai.schemas.ids import new_id
from mycoderai.workers.core.budget import Limit, cost_of, cut_off, settle
from mycoderai.workers.model.faults import ProviderFault
from mycoderai.workers.model.ledger import Change, Ledger

Ask = Callable[[ModelRequest], Awaitable[ModelAnswer]]
log = structlog.get_logger()


class Stake(NamedTuple):
    """What one account has to do with a call."""

    ledger: Ledger
    limits: tuple[Limit, ...]
    step: str


class Bill:
    """Until somebody says what the call cost, all that was reserved counts as spent."""

    def __init__(self, call: str, stakes: Sequence[Stake], amount: int, wait_s: float) -> None:
        self._call = call
        self._stakes = stakes
        self._amount = amount
        self._wait_s = wait_s
        self._ticket = ""
        self._cost: int | None = None
        self._closed = False
        self._lost = False
        """Whether the last request failed in a way that the provider may bill."""

    async def reserve(self) -> None:
        """For the next request; what the one before reserved is spent.

        Raises RefusedError when there is no money for it, ServiceLost when the accounts cannot be reached.
        """
        self._ticket = new_id()
        try:
            for ledger, limits, step in self._stakes:
                reservation = Reservation(amount=self._amount, ticket=self._ticket, step=step)
                await ledger.reserve(self._call, reservation, limits, self._wait_s)
        except BaseException as err:
            await self._end(0)
            if isinstance(err, RefusedError):
                # Nobody asks for this call again: what its earlier requests reserved is spent in every account.
                await settle_all(self._stakes, self._call, None)
            if isinstance(err, BrokerUnreachable | nats.errors.Error):
                raise ServiceLost(str(err)) from err  # so that it is asked again, not given up
            raise

    def covering(self, ask: Ask) -> Ask:
        """`ask`, such that a request after one that may be billed has a reservation of its own."""

        async def covered(request: ModelRequest) -> ModelAnswer:
            if self._lost:
                self._lost = False
                await self.reserve()
            try:
                return await ask(request)
            except ProviderFault as err:
                self._lost = err.billed
                raise

        return covered

    def paid(self, usage: Usage) -> None:
        self._cost = cost_of(usage)

    def refused(self) -> None:
        """No provider answered."""
        if not self._lost:
            self._cost = 0

    async def close(self) -> None:
        if not self._closed:
            await self._end(self._cost)
            self._closed = True

    async def _end(self, cost: int | None) -> None:
        await settle_all(self._stakes, self._call, cost, self._ticket)


async def settle_all(stakes: Sequence[Stake], call: str, cost: int | None, ticket: str = "") -> None:
    """Where the broker stays away, what is reserved stays so: it counts until somebody asks for the call's stored
    answer again. Nobody does who has the answer, and others would wait for that money, so it is not given up soon."""
    for stake in stakes:
        try:
            await stake.ledger.insist(_ending(call, cost, ticket))
        except (MycoderError, nats.errors.Error) as err:
            log.warning("budget.not_settled", call=call, error=str(err))


def _ending(call: str, cost: int | None, ticket: str) -> Change:
    if cost is None:
        return lambda account: (cut_off(account, call, ticket), None)
    return lambda account: (settle(account, call, cost, ticket), None)
