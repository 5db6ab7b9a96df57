"""An account as it stands in the broker, changed by compare and set.

The stream keeps the last state of each account only, and every state is whole, so a worker needs one message. It is
derived: an account that is missing is made again from the answers in the log. What waits in one process goes into
one append, so fifty callers contend as much as the processes they are in, not as fifty.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import append_bytes, last
from mycoderai.schemas.budget import Account, Reservation
from mycoderai.schemas.errors import BrokerUnreachable, Conflict, RefusedError
from mycoderai.schemas.subjects import BUDGET
from mycoderai.workers.core.budget import Limit, Refusal, refused, reserve

LOOK_AGAIN_S = 0.5
"""How soon a call that waits for others notices what other processes settled."""
INSIST_S = 60.0
INSIST_AGAIN_S = 0.2
Change = Callable[[Account], tuple[Account, Refusal | None]]
log = structlog.get_logger()


class _Waiting:
    def __init__(self, change: Change) -> None:
        self.change = change
        self.decided = False
        self.refusal: Refusal | None = None


class Ledger:
    def __init__(self, nc: Client, subject: str, rebuild: Callable[[], Awaitable[Account]]) -> None:
        self._nc = nc
        self._subject = subject
        self._rebuild = rebuild
        self._known: tuple[Account, int] | None = None
        """The account and its sequence, as this process left it."""
        self._lock = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._moved = asyncio.Event()

    async def reserve(self, call: str, reservation: Reservation, limits: Sequence[Limit], wait_s: float) -> None:
        """Where only what others have reserved stands in the way, wait until they have settled.

        Raises RefusedError when a limit leaves no room, BrokerUnreachable.
        """
        deadline = time.monotonic() + wait_s
        change = partial(reserve, call=call, reservation=reservation, limits=limits)
        while True:
            moved = self._moved
            refusal = await self.change(change)
            if refusal is None:
                return
            left = deadline - time.monotonic()
            if left <= 0 or not refusal.may_pass:
                raise RefusedError(refused(refusal))
            await _first_of(moved, min(left, LOOK_AGAIN_S))

    async def change(self, change: Change) -> Refusal | None:
        """Store the account as changed and return what was refused. Raises BrokerUnreachable.

        Applying a change twice must be the same as applying it once: after a lost reply it is applied again.
        """
        mine = _Waiting(change)
        self._waiting.append(mine)
        try:
            async with self._lock:
                if not mine.decided:
                    await self._commit_all()
        finally:
            if not mine.decided:
                self._waiting.remove(mine)
        return mine.refusal

    async def insist(self, change: Change) -> None:
        """As `change`, again and again while the broker is away, for up to `INSIST_S`. Raises BrokerUnreachable."""
        deadline = time.monotonic() + INSIST_S
        while True:
            try:
                await self.change(change)
                return
            except BrokerUnreachable:
                if self._nc.is_closed or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(INSIST_AGAIN_S)

    async def _commit_all(self) -> None:
        # Whoever has the lock decides for everybody who waits for it.
        batch, self._waiting = self._waiting, []
        try:
            await self._commit(batch)
        finally:
            self._waiting = [waiting for waiting in batch if not waiting.decided] + self._waiting

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        while True:
            from_memory = self._known is not None
            account, seq = self._known or await self._read()
            self._known = None
            changed, refusals = _apply(account, batch)
            if changed != account:
                try:
                    seq = await append_bytes(
                        self._nc, self._subject, msgspec.json.encode(changed), expected=seq, stream=BUDGET
                    )
                except Conflict:
                    continue
                self._moved.set()
                self._moved = asyncio.Event()
            elif from_memory:
                continue  # nobody has confirmed that what is remembered is how it stands
            self._known = (changed, seq)
            for waiting, refusal in zip(batch, refusals, strict=True):
                waiting.decided, waiting.refusal = True, refusal
            return

    async def _read(self) -> tuple[Account, int]:
        raw = await last(self._nc, self._subject, BUDGET)
        if raw is None:
            return await self._rebuild(), 0
        try:
            return msgspec.json.decode(raw.data, type=Account), raw.seq
        except msgspec.DecodeError as err:
            log.warning("budget.account_unreadable", subject=self._subject, error=str(err))
            return await self._rebuild(), raw.seq


def _apply(account: Account, batch: Sequence[_Waiting]) -> tuple[Account, list[Refusal | None]]:
    refusals: list[Refusal | None] = []
    for waiting in batch:
        account, refusal = waiting.change(account)
        refusals.append(refusal)
    return account, refusals


async def _first_of(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
