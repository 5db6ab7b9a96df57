"""Pull loop: as many commands as there are free slots, never more.

Our own instead of the library's `fetch`, which asks twice when idle and waits for whole batches. A pull request is
not replayed by a reconnect, so each lives a few seconds only.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.tasks import end
from mycoderai.schemas.subjects import COMMANDS

PULL_EXPIRES_S = 20.0
PROGRESS_S = 3.0
"""How often a delivery at work tells the broker so; a third of the ack wait."""
log = structlog.get_logger()


class Delivery:
    """One command. Exactly one of `ack`, `nak` and `term` ends it; none of them proves anything (JetStream does
    not fence deliveries), which is why every effect goes through the step's log instead."""

    def __init__(self, nc: Client, msg: Msg) -> None:
        self._nc = nc
        self._reply = msg.reply
        self.subject = msg.subject
        self.data = msg.data
        self.source = (msg.headers or {}).get("Nats-Stream-Source", "")

    @property
    def count(self) -> int:
        """How often the command was delivered, this time included."""
        # $JS.ACK.<stream>.<consumer>.<delivered>.…, or with domain and account hash two tokens later
        tokens = self._reply.split(".")
        return int(tokens[4] if len(tokens) == 9 else tokens[6])

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
            await self._nc.publish(self._reply, word)


Handler = Callable[[Delivery], Awaitable[None]]


class PullLoop:
    """Feeds a handler, each delivery in a task of its own. The handler ends its delivery; if it raises, the
    delivery is handed back with a delay."""

    def __init__(self, nc: Client, pool: str, slots: int, handler: Handler) -> None:
        self._nc = nc
        self._pool = pool
        self._handler = handler
        self._free = slots
        self._asked = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None] | None = None) -> None:
        """Pull until `stop`, then return with deliveries possibly still at work (see `drain`)."""
        inbox = self._nc.new_inbox()
        subscription = await self._nc.subscribe(inbox, cb=self._on_message)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._ask(inbox)
                if on_ready:
                    await self._nc.flush()
                    on_ready()
                    on_ready = None
                await self._wait_for_change(stopping)
        finally:
            stopping.cancel()
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def drain(self, grace_s: float) -> None:
        """Wait for deliveries at work, then cancel what is left; a cancelled handler hands its delivery back."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        await end(list(self._tasks))

    async def _ask(self, inbox: str) -> None:
        missing = self._free - self._asked
        if missing <= 0:
            return
        request = {
            "batch": missing,
            "expires": int(PULL_EXPIRES_S * 1e9),
            "idle_heartbeat": int(PULL_EXPIRES_S / 4 * 1e9),
        }
        try:
            await self._nc.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{self._pool}",
                json.dumps(request).encode(),
                reply=inbox,
            )
            self._asked += missing
        except nats.errors.Error as err:
            log.warning("consume.pull_failed", pool=self._pool, error=str(err))

    async def _wait_for_change(self, stopping: asyncio.Task[bool]) -> None:
        # No news for longer than the heartbeats: the pull was lost (reconnect), so ask anew. A pull that lived
        # after all may deliver one command too many; the slot count below holds it back from the broker's side.
        changed = asyncio.create_task(self._changed.wait())
        done, _ = await asyncio.wait(
            {changed, stopping}, timeout=PULL_EXPIRES_S / 2, return_when=asyncio.FIRST_COMPLETED
        )
        changed.cancel()
        self._changed.clear()
        if not done:
            self._asked = 0

    async def _on_message(self, msg: Msg) -> None:
        status = (msg.headers or {}).get("Status")
        if status == "100":
            self._changed.set()
            return
        if status:
            # 404, 408, 409: this pull is over, with or without deliveries
            self._asked = 0
            self._changed.set()
            return
        self._asked = max(0, self._asked - 1)
        self._free -= 1
        task = asyncio.create_task(self._work(Delivery(self._nc, msg)))
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free += 1
        self._changed.set()

    async def _work(self, delivery: Delivery) -> None:
        beat = asyncio.create_task(_show_progress(delivery))
        try:
            await self._handler(delivery)
        except asyncio.CancelledError:
            await delivery.nak()
            raise
        except Exception:
            log.exception("consume.handler_failed", subject=delivery.subject)
            await delivery.nak(1.0)
        finally:
            beat.cancel()


async def _show_progress(delivery: Delivery) -> None:
    while True:
        await asyncio.sleep(PROGRESS_S)
        await delivery.in_progress()
