"""Requests that may take long: the service beats while it works, so that a dead one is noticed within seconds.

A reply inbox gets any number of empty beats and then one final message, which carries the result or a Failure. When
the service dies, the final message comes from its supervisor, where it has one.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from mycoderai.broker.life import UNSUPERVISED, of_this_process
from mycoderai.broker.signs import show_sign
from mycoderai.schemas.errors import MycoderError, RefusedError, ServiceDied, ServiceLost, TransientError, Unserved
from mycoderai.schemas.failure import Failure, FailureCode

STATUS = "Mycoder-Status"
LOST, DIED = "lost", "died"
BEAT_S = 1.0
LOST_AFTER_S = 6.0
"""Silence after which a service that had begun to work is given up."""
AFTER_RECONNECT_S = 2.0
"""The same once the caller has found the broker again, from when it noticed, which takes it up to `BEAT_S`."""

Request = TypeVar("Request")
Reply = TypeVar("Reply")
HandlerOf = Callable[[str], Callable[[Request], Awaitable[object]]]
"""By the subject of a request, what answers it."""
log = structlog.get_logger()


async def call(
    nc: Client,
    subject: str,
    request: object,
    reply_type: type[Reply],
    *,
    timeout_s: float,
    lost_after_s: float = LOST_AFTER_S,
) -> Reply:
    """Ask a service and wait for its answer.

    Raises RefusedError with the service's reason; Unserved when nobody serves the subject; ServiceDied when the
    service's supervisor says so; ServiceLost when a service says that it stops, falls silent for `lost_after_s`, or
    when `timeout_s` passes: the service may live, and only its answer be lost with the broker that had it. Asking
    again with the same request is safe: every request carries an idempotency id.
    """
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    deadline = time.monotonic() + timeout_s
    try:
        await nc.publish(subject, msgspec.json.encode(request), reply=inbox)
        while True:
            patience = min(lost_after_s, deadline - time.monotonic())
            try:
                msg = await _next(nc, subscription, max(patience, 0.001))
            except nats.errors.TimeoutError as err:
                raise ServiceLost(f"{subject} fell silent") from err
            show_sign()
            headers = msg.headers or {}
            if headers.get("Status") == "503":
                raise Unserved(f"nobody serves {subject}")
            if headers.get(STATUS) == DIED:
                raise ServiceDied(msg.data.decode(errors="replace"))
            if headers.get(STATUS) == LOST:
                raise ServiceLost(msg.data.decode(errors="replace"))
            if headers.get(STATUS) == "refused":
                raise RefusedError(msgspec.json.decode(msg.data, type=Failure))
            if headers.get(STATUS) == "done":
                return msgspec.json.decode(msg.data, type=reply_type)
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()


async def _next(nc: Client, subscription: Subscription, patience_s: float) -> Msg:
    """The next message. After a reconnect it has to come soon: what the service said to the broker that is gone is
    lost, and one that is still at work beats. Raises nats.errors.TimeoutError."""
    reconnects = nc.stats["reconnects"]
    ends = time.monotonic() + patience_s
    while True:
        try:
            return await subscription.next_msg(timeout=max(0.001, min(ends - time.monotonic(), BEAT_S)))
        except nats.errors.TimeoutError:
            now = time.monotonic()
            if nc.stats["reconnects"] != reconnects:
                reconnects, ends = nc.stats["reconnects"], min(ends, now + AFTER_RECONNECT_S)
            if now >= ends:
                raise


class Served:
    """Requests on one subject that are answered here, each in a task of its own."""

    def __init__(self, nc: Client, request_type: type[Any], handler_of: HandlerOf[Any]) -> None:
        self._nc = nc
        self._request_type = request_type
        self._handler_of = handler_of
        self._answering: set[asyncio.Task[None]] = set()

    async def begin(self, subject: str, queue: str) -> None:
        self._subscription = await self._nc.subscribe(subject, queue=queue, cb=self._on_request)

    async def unsubscribe(self) -> None:
        """Take no more requests. Those that came and are not begun are dropped."""
        await self._subscription.unsubscribe()

    async def drain(self) -> None:
        """Take no more requests, and return when all that came are answered."""
        await self._subscription.drain()  # type: ignore[no-untyped-call]
        while self._answering:
            await asyncio.wait(self._answering)

    async def _on_request(self, msg: Msg) -> None:
        task = asyncio.create_task(_answer(self._nc, msg, self._request_type, self._handler_of(msg.subject)))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)


async def serve(
    nc: Client,
    subject: str,
    request_type: type[Request],
    handler: Callable[[Request], Awaitable[object]],
    *,
    queue: str = "",
) -> Served:
    """Answer requests on a subject. `queue` shares them among the members of a group.

    A MycoderError becomes the refusal the caller sees; a malformed request is refused too; a bug is logged and
    refused, and the service goes on.
    """
    return await _serve(nc, subject, request_type, lambda _: handler, queue)


async def serve_by_subject(
    nc: Client,
    subject: str,
    request_type: type[Request],
    handler: Callable[[str, Request], Awaitable[object]],
    *,
    queue: str = "",
) -> Served:
    """Like `serve`, on a subject with wildcards: the handler is told which one was asked. Who may publish there is
    the broker's to say, so it tells who asks."""
    return await _serve(nc, subject, request_type, lambda asked: partial(handler, asked), queue)


async def _serve(
    nc: Client, subject: str, request_type: type[Request], handler_of: HandlerOf[Request], queue: str
) -> Served:
    served = Served(nc, request_type, handler_of)
    await served.begin(subject, queue)
    return served


async def _answer(
    nc: Client, msg: Msg, request_type: type[Request], handler: Callable[[Request], Awaitable[object]]
) -> None:
    if not msg.reply:
        return
    told = of_this_process.get(UNSUPERVISED)
    told.holds(msg.reply)
    beat = asyncio.create_task(_beat(nc, msg.reply))
    try:
        request = msgspec.json.decode(msg.data, type=request_type)
        payload, status = msgspec.json.encode(await handler(request)), "done"
    except RefusedError as err:
        payload, status = msgspec.json.encode(err.failure), "refused"
    except TransientError as err:
        # Trying again helps, so it is not a refusal.
        payload, status = err.message.encode(), LOST
    except (msgspec.DecodeError, RecursionError) as err:
        payload, status = _refusal(FailureCode.BAD_SUBMISSION, f"malformed request: {err}"), "refused"
    except MycoderError as err:
        payload, status = _refusal(FailureCode.WORKSPACE, err.message, err.fix), "refused"
    except Exception as err:
        log.exception("service.bug", subject=msg.subject)
        payload, status = _refusal(FailureCode.HANDLER_ERROR, f"{type(err).__name__}: {err}"), "refused"
    finally:
        beat.cancel()
    with contextlib.suppress(nats.errors.Error):
        await nc.publish(msg.reply, payload, headers={STATUS: status})
    told.lets_go(msg.reply)


async def _beat(nc: Client, reply: str) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        with contextlib.suppress(nats.errors.Error):
            await nc.publish(reply, b"", headers={STATUS: "working"})


def _refusal(code: FailureCode, message: str, fix: str = "") -> bytes:
    return msgspec.json.encode(Failure(code=code, message=message[:2000], fix=fix))
