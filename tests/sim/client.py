"""The part of nats-py's Client that workers use, on a simulated connection."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors

from tests.sim.loop import Process, SimLoop
from tests.sim.server import Server
from tests.sim.streams import EXPECTED, MESSAGE_ID, matcher
from tests.sim.wire import Msg, Wire

Callback = Callable[[Any], Awaitable[None]]


class Subscription:
    def __init__(self, client: "Client", subject: str, callback: Callback) -> None:
        self._client = client
        self.subject = subject
        self.callback = callback
        self.matches = matcher(subject)

    async def unsubscribe(self, limit: int = 0) -> None:
        self._client.forget(self)

    async def drain(self) -> None:
        await self._client.let_go(self)


class Client:
    """`name` is unique in a history, so that the server finds the way to an inbox."""

    def __init__(self, name: str, loop: SimLoop, process: Process, server: Server, wire: Wire) -> None:
        self.name = name
        self.process = process
        self.wire = wire
        self._loop = loop
        self._server = server
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self._inboxes: dict[str, Subscription] = {}
        self._others: list[Subscription] = []
        self._gone = False
        self._server_info: dict[str, object] = {"cluster": "simulated"} if server.replicated else {}
        server.clients[name] = self

    @property
    def max_payload(self) -> int:
        return 8 << 20

    @property
    def stats(self) -> dict[str, int]:
        return {"reconnects": self.wire.reconnects}

    @property
    def is_closed(self) -> bool:
        return self._gone

    @property
    def is_connected(self) -> bool:
        return self.wire.connected and not self._gone

    def new_inbox(self) -> str:
        return f"_INBOX.{self.name}.{next(self._numbers)}"

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        if self._gone:
            raise nats.errors.ConnectionClosedError
        said = headers or {}

        def arrive() -> None:
            self._server.receive(self, subject, payload, reply, said)

        self.wire.up(arrive)
        if (EXPECTED in said or MESSAGE_ID in said) and self.wire.chance(self._server.weather.twice):
            self.wire.up(arrive)

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,  # noqa: ASYNC109 - as the library has it
        headers: dict[str, str] | None = None,
    ) -> Msg:
        inbox = self.new_inbox()
        future: asyncio.Future[Msg] = self._loop.create_future()
        future.add_done_callback(lambda _: self._waiting.pop(inbox, None))
        self._waiting[inbox] = future
        await self.publish(subject, payload, inbox, headers)
        try:
            msg = await asyncio.wait_for(future, timeout)
        except TimeoutError as err:
            raise nats.errors.TimeoutError from err
        if msg.headers.get("Status") == "503":
            raise nats.errors.NoRespondersError
        return msg

    async def subscribe(self, subject: str, queue: str = "", cb: Callback | None = None) -> Subscription:
        if self._gone:
            raise nats.errors.ConnectionClosedError
        assert cb is not None, "only subscriptions with callbacks are modelled"
        assert not queue, "queue groups are not modelled"
        subscription = Subscription(self, subject, cb)
        if subject.startswith("_INBOX."):
            self._inboxes[subject] = subscription
        else:
            self.wire.up(lambda: self._others.append(subscription), sure=True)
        return subscription

    async def flush(self, timeout: float = 10) -> None:  # noqa: ASYNC109 - as the library has it
        await self.request("PING", timeout=timeout)

    async def close(self) -> None:
        self._gone = True
        self._server.forget(self)

    async def let_go(self, subscription: Subscription) -> None:
        """What is on its way still arrives; pulls that answer there are over."""
        prefix = subscription.subject
        self.wire.up(lambda: self._server.forget_pulls(prefix), sure=True)
        await self.flush()
        self.forget(subscription)

    def cut(self) -> None:
        """The process is dead: whatever its tasks still do reaches nobody."""
        self._gone = True

    def forget(self, subscription: Subscription) -> None:
        if self._inboxes.pop(subscription.subject, None) is None and subscription in self._others:
            self._others.remove(subscription)

    def wants(self, subject: str) -> list[Subscription]:
        return [subscription for subscription in self._others if subscription.matches(subject)]

    def deliver(self, inbox: str, msg: Msg, *, sure: bool = False) -> None:
        """From the server, to an inbox."""
        self.wire.down(lambda: self._loop.into(self.process, self._on_inbox, inbox, msg), sure=sure)

    def copy(self, subscription: Subscription, msg: Msg) -> None:
        self.wire.down(lambda: self._loop.into(self.process, _call, subscription.callback, msg))

    def _on_inbox(self, inbox: str, msg: Msg) -> None:
        if (future := self._waiting.get(inbox)) and not future.done():
            future.set_result(msg)
        elif subscription := self._inboxes.get(inbox):
            _call(subscription.callback, msg)


def _call(callback: Callback, msg: Msg) -> None:
    """Callbacks here never wait; one that did would have to be a task."""
    coroutine = callback(msg)
    try:
        coroutine.send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return
    raise AssertionError(f"{callback} waits for something")
