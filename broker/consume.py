"""Pull loop: as many commands as there are free slots, never more.

Our own instead of the library's `fetch`, which asks twice when idle and waits for whole batches. A pull request is
not replayed by a reconnect, so each lives for seconds only and silence makes a new one.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from mycoderai.broker.bulk import Heard, listen
from mycoderai.broker.life import Life
from mycoderai.broker.metrics import DELIVERIES, REDELIVERIES, SLOTS, SLOTS_BUSY
from mycoderai.broker.report import AtPool, Held, takes
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import Deaf
from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR, held_asked, held_told

PULL_EXPIRES_S = 20.0
HEARTBEAT_S = 5.0
"""How often the broker shows that a pull with nothing to deliver is still there."""
SILENCE_S = 10.0
"""Two heartbeats missed: the pull, or the subscription it delivers to, is lost."""
MOST_SILENCES = 3
RECONNECT_CHECK_S = 2.0
PROGRESS_S = 3.0
"""How often a delivery at work tells the broker so; a third of the ack wait."""
LET_GO_S = 2.0
log = structlog.get_logger()


class Delivery:
    """One command. Exactly one of `ack`, `nak` and `term` ends it; none of them proves anything (JetStream does
    not fence deliveries), which is why every effect goes through the step's log instead."""

    def __init__(self, nc: Client, msg: Heard) -> None:
        self._nc = nc
        self.reply = msg.reply
        self.subject = msg.subject
        self.data = msg.data
        self.source = (msg.headers or {}).get("Nats-Stream-Source", "")

    @property
    def count(self) -> int:
        """How often the command was delivered, this time included."""
        return int(ack_token(self.reply, 4))

    @property
    def seq(self) -> int:
        """Where the command stands in the queue."""
        return int(ack_token(self.reply, 5))

    @property
    def run(self) -> str:
        return self.subject.split(".")[2]

    @property
    def step(self) -> str:
        """Empty for what an orchestrator decides."""
        _, pool, _, step, *_ = [*self.subject.split("."), ""]
        return "" if pool == ORCHESTRATOR else step

    @property
    def queued(self) -> str:
        """When the command was put into the queue, right after its event was stored; RFC 3339."""
        return datetime.fromtimestamp(int(ack_token(self.reply, 7)) / 1e9, UTC).isoformat()

    @property
    def source_stream(self) -> str:
        """The event stream that holds the event this command is a copy of."""
        return self.source.split(" ")[0]

    @property
    def source_seq(self) -> int:
        """Sequence, in its event stream, of the event this command is a copy of."""
        parts = self.source.split(" ")
        return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0

    async def ack(self) -> None:
        await self._say(b"+ACK")

    async def nak(self, delay_s: float = 0.0) -> None:
        await self._say(b"-NAK" + json.dumps({"delay": int(delay_s * 1e9)}).encode() if delay_s else b"-NAK")

    async def term(self) -> None:
        await self._say(b"+TERM")

    async def in_progress(self) -> None:
        await self._say(b"+WPI")

    async def _say(self, word: bytes) -> None:
        with contextlib.suppress(nats.errors.Error):
            await self._nc.publish(self.reply, word)


def ack_token(ack_subject: str, place: int) -> str:
    """Of what a delivery is acknowledged on: 3 the pool, 4 how often delivered, 5 its sequence in the queue, 7 when it
    was put there (nanoseconds since 1970)."""
    # $JS.ACK.<stream>.<consumer>.…, nine tokens; or with domain and account hash before the stream
    tokens = ack_subject.split(".")
    return tokens[place if len(tokens) == 9 else place + 2]


class Told(Protocol):
    """Who is told which deliveries this process holds, to hand them back should it die."""

    def holds(self, ack_subject: str) -> None: ...

    def lets_go(self, ack_subject: str) -> None: ...


class Lease:
    """Keeps a delivery ours while it is at work. A short one costs a timer, no task."""

    def __init__(self, delivery: Delivery, told: Told) -> None:
        self._delivery = delivery
        self._told = told
        self._renewing: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(PROGRESS_S, self._begin)
        told.holds(delivery.reply)

    def end(self) -> None:
        self._timer.cancel()
        if self._renewing:
            self._renewing.cancel()
        self._told.lets_go(self._delivery.reply)

    def _begin(self) -> None:
        self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while True:
            await self._delivery.in_progress()
            await asyncio.sleep(PROGRESS_S)


Handler = Callable[[Delivery], Awaitable[None]]


class PullLoop:
    """Feeds a handler, each delivery in a task of its own. The handler ends its delivery; if it raises, the
    delivery is handed back with a delay."""

    def __init__(self, nc: Client, pool: str, slots: int, handler: Handler, told: Told | None = None) -> None:
        self._nc = nc
        self._pool = pool
        self._handler = handler
        self._told = told or Life({})
        self._slots = slots
        self._free = slots
        self._worth_asking = slots // 4
        self._asked = 0
        self._quiet_since = 0.0
        self._silences = 0
        self._refusing = False
        self._draining = False
        self._tasks: dict[asyncio.Task[None], tuple[Delivery, float]] = {}
        """What is at work, and since when."""
        self._refusals: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        SLOTS.set(slots, pool)
        SLOTS_BUSY.set(0, pool)
        takes(self)

    def hold_back(self, draining: bool) -> None:
        """Take no more deliveries and go on with those at work, or take them again."""
        self._draining = draining
        self._changed.set()

    def tell(self) -> AtPool:
        holds = tuple(
            Held(run=delivery.run, step=delivery.step, since=since) for delivery, since in self._tasks.values()
        )
        steps = self._pool != ORCHESTRATOR
        return AtPool(pool=self._pool, slots=self._slots, holds=holds, draining=self._draining, steps=steps)

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None] | None = None) -> None:
        """Pull until `stop`, then return with deliveries possibly still at work (see `drain`).

        Raises Deaf when the broker, although connected, sends nothing to one subscription after the other.
        """
        # Nothing is pulled before: who asks counts on an answer from everybody who may hold something.
        await self._nc.subscribe(held_asked(self._pool), cb=self._tell_held)
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._changed.set())
        try:
            while not stop.is_set():
                if self._draining:
                    await self._wait_for_change(stopping)
                    continue
                await self._listen(stopping, on_ready)
                on_ready = None
                if self._silences == MOST_SILENCES:
                    raise Deaf(f"pool {self._pool} hears nothing from the broker, although it is connected")
        finally:
            stopping.cancel()

    async def drain(self, grace_s: float) -> None:
        """Wait for deliveries at work, then cancel what is left; a cancelled handler hands its delivery back."""
        await self.wait_for_work(grace_s)
        await end(list(self._tasks))

    async def wait_for_work(self, grace_s: float) -> None:
        """Return when nothing is at work any more, or the time is over."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)

    async def _listen(self, stopping: asyncio.Task[bool], on_ready: Callable[[], None] | None) -> None:
        """Pull on one subscription, until told to stop or to drain, or until nothing comes on it any more."""
        inbox = self._nc.new_inbox()
        subscription = await listen(self._nc, inbox, self._on_message)
        self._asked = 0
        self._refusing = False
        try:
            while not (stopping.done() or self._draining or self._is_silent()):
                await self._ask(inbox)
                if on_ready:
                    await self._nc.flush()
                    on_ready()
                    on_ready = None
                await self._wait_for_change(stopping)
            if not (stopping.done() or self._draining):
                self._silences += 1
                log.warning("consume.silence", pool=self._pool, seconds=SILENCE_S)
        finally:
            self._refusing = stopping.done() or self._draining
            await _let_go(subscription)
            await asyncio.gather(*self._refusals)
            self._refusals.clear()

    def _is_silent(self) -> bool:
        return self._asked > 0 and self._nc.is_connected and self._now() - self._quiet_since >= SILENCE_S

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _ask(self, inbox: str) -> None:
        missing = self._free - self._asked
        # Not for each slot by itself: as long as the broker knows of free ones it does not wait for us.
        if missing <= 0 or (self._asked and missing < self._worth_asking):
            return
        request = {
            "batch": missing,
            "expires": int(PULL_EXPIRES_S * 1e9),
            "idle_heartbeat": int(HEARTBEAT_S * 1e9),
        }
        try:
            await self._nc.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{self._pool}",
                json.dumps(request).encode(),
                reply=inbox,
            )
            if self._asked == 0:
                self._quiet_since = self._now()  # nothing was due before
            self._asked += missing
        except nats.errors.Error as err:
            log.warning("consume.pull_failed", pool=self._pool, error=str(err))

    async def _wait_for_change(self, stopping: asyncio.Task[bool]) -> None:
        reconnects = self._nc.stats["reconnects"]
        if not stopping.done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(RECONNECT_CHECK_S, SILENCE_S)):
                    await self._changed.wait()
        self._changed.clear()
        if self._nc.stats["reconnects"] != reconnects:
            # The pull request was lost with the connection. One that lived after all may deliver a command too many;
            # the slot count holds the next ones back.
            self._asked = 0

    def _on_message(self, msg: Heard) -> None:
        self._quiet_since, self._silences = self._now(), 0
        status = (msg.headers or {}).get("Status")
        if status == "100":
            self._changed.set()
            return
        if status:
            # 404, 408, 409: this pull is over, with or without deliveries
            self._asked = 0
            if status != "503":  # there is no consumer just now: asked again at the next look, not at once
                self._changed.set()
            return
        delivery = Delivery(self._nc, msg)
        self._asked = max(0, self._asked - 1)
        if self._refusing:
            self._refusals.append(asyncio.create_task(delivery.nak()))  # it was on its way when we stopped asking
            return
        self._free -= 1
        self._count(delivery)
        task = asyncio.create_task(self._work(delivery))
        self._tasks[task] = (delivery, time.time())
        task.add_done_callback(self._on_done)

    async def _tell_held(self, msg: Msg) -> None:
        """The question came behind every delivery that was sent to us before it was asked."""
        held = [delivery.seq for delivery, _ in self._tasks.values()]
        with contextlib.suppress(nats.errors.Error):
            await self._nc.publish(held_told(self._pool), json.dumps(held).encode())

    def _count(self, delivery: Delivery) -> None:
        DELIVERIES.add(self._pool)
        REDELIVERIES.add(self._pool, amount=delivery.count > 1)
        SLOTS_BUSY.add(self._pool)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self._free += 1
        SLOTS_BUSY.add(self._pool, amount=-1)
        self._changed.set()

    async def _work(self, delivery: Delivery) -> None:
        lease = Lease(delivery, self._told)
        try:
            await self._handler(delivery)
        except asyncio.CancelledError:
            await delivery.nak()
            raise
        except Exception:
            log.exception("consume.handler_failed", subject=delivery.subject)
            await delivery.nak(1.0)
        finally:
            lease.end()


async def _let_go(subscription: Subscription) -> None:
    """End a subscription without losing what is on its way."""
    with contextlib.suppress(nats.errors.Error, TimeoutError):
        async with asyncio.timeout(LET_GO_S):
            await subscription.drain()  # type: ignore[no-untyped-call]
