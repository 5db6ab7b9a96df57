"""The services an agent stands on, as calls that survive the loss of the process behind them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog
from nats.aio.client import Client

from mycoderai.broker.leader import is_replicated
from mycoderai.broker.request import call
from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import ServiceDied, ServiceLost, Unserved
from mycoderai.schemas.execution import (
    Checkpoint,
    CloseSession,
    OpenSession,
    SessionOpened,
    SubmitRequest,
    Submitted,
    ToolReply,
    ToolRequest,
)
from mycoderai.schemas.subjects import EXEC_OPEN, MODEL_CHAT, session

SERVICE_WAIT_S = 45.0
"""How long an agent waits for a lost service to come back before it hands its step back."""
REJOIN_S = 5.0
"""How long a session that nobody serves is waited for when its executor may have to find the broker again."""
SILENT_S = 3.0
"""Silence of a session after which it is asked whether it lives, and then of one that does not."""
PAUSE_S = 0.1
OPEN_LIMIT_S = 900.0
MODEL_LIMIT_S = 900.0
GRACE_S = 60.0
Reply = TypeVar("Reply")
log = structlog.get_logger()


async def chat(nc: Client, request: ModelRequest) -> ModelAnswer:
    """Raises RefusedError with the model role's reason, ServiceLost when there is no model role for long."""

    async def once() -> ModelAnswer:
        return await call(nc, MODEL_CHAT, request, ModelAnswer, timeout_s=MODEL_LIMIT_S)

    return await _persist(once)


class Executor:
    """An execution session that is opened again elsewhere, at the last checkpoint, when its executor is lost.

    Only then: an answer is lost with the broker that had it, and the session, asked again, gives it from its journal.
    """

    def __init__(self, nc: Client, request: OpenSession, *, command_limit_s: float) -> None:
        self.writes: tuple[str, ...] = ("**",)
        self._nc = nc
        self._request = request
        self._limit_s = command_limit_s + GRACE_S
        self._opened: SessionOpened | None = None
        self._reconnects = 0
        """Of the connection, when the session was last heard of."""
        self.checkpoint: Checkpoint | None = request.checkpoint

    async def open(self, known_session: str = "") -> SessionOpened:
        """A session of an earlier attempt that still lives goes on where it is: its journal answers calls it has
        seen. Otherwise any executor restores the last checkpoint."""
        sought = known_session

        async def once() -> SessionOpened:
            nonlocal sought
            if sought and (found := await self._find(sought)):
                return found
            sought = ""
            return await self._open_anywhere()

        self._opened = await _persist(once)
        return self._opened

    def leave(self) -> None:
        """Let the session be, for the next attempt at the step: it knows the calls of this one."""
        self._opened = None

    async def tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolReply:
        """Raises RefusedError, ServiceLost."""
        request = ToolRequest(
            call=call_id, name=name, arguments=arguments, base_tree=self._base_tree, writes=self.writes
        )
        reply, repeated = await self._in_session("tool", request, ToolReply)
        self.checkpoint = reply.checkpoint
        if not repeated:
            return reply
        # A session was lost with the call under way: it may have run twice, which only the log will tell.
        return msgspec.structs.replace(reply, result=msgspec.structs.replace(reply.result, repeated=True))

    @property
    def _base_tree(self) -> str:
        """Named from the first call on: an earlier attempt may have been lost in the middle of that one."""
        if self.checkpoint:
            return self.checkpoint.tree
        return (self._opened.start or self._opened.base).tree if self._opened else ""

    async def submit(self, call_id: str, message: str) -> Submitted:
        """Raises RefusedError, ServiceLost."""
        request = SubmitRequest(call=call_id, message=message, base_tree=self._base_tree, writes=self.writes)
        submitted, _ = await self._in_session("submit", request, Submitted)
        return submitted

    async def close(self, reason: str) -> None:
        if self._opened is None:
            return
        try:
            await self._ask(self._opened.session, "close", CloseSession(reason=reason), dict, 5)
        except ServiceLost:
            log.info("session.gone", session=self._opened.session)

    async def _in_session(self, verb: str, request: object, reply_type: type[Reply]) -> tuple[Reply, bool]:
        """The reply, and whether a session was lost that may have begun to work on the request."""
        begun = repeated = False

        async def once() -> Reply:
            nonlocal begun, repeated
            if self._opened is None:
                self._opened = await self._open_anywhere()
            id_ = self._opened.session
            try:
                return await self._ask(id_, verb, request, reply_type, self._limit_s)
            except ServiceLost as err:
                begun = begun or not isinstance(err, Unserved)
                if isinstance(err, ServiceDied) or not await self._find(id_):
                    # What this call did in its workspace is gone with it.
                    self._opened, begun, repeated = None, False, repeated or begun
                raise

        return await _persist(once), repeated

    async def _find(self, id_: str) -> SessionOpened | None:
        """The session, if it lives. When the broker was away, its executor may have to find it again first; we need
        not have noticed that where there are several.

        Raises ServiceLost while that cannot be known, because the broker is away.
        """
        doubtful = is_replicated(self._nc) or self._nc.stats["reconnects"] != self._reconnects
        deadline = time.monotonic() + (REJOIN_S if doubtful else 0)
        while self._nc.is_connected:
            reconnects = self._nc.stats["reconnects"]
            try:
                return await self._ask(id_, "open", self._open_request(), SessionOpened, SILENT_S)
            except Unserved:
                over = time.monotonic() >= deadline
            except ServiceLost:
                over = self._nc.stats["reconnects"] == reconnects
            if over and self._nc.is_connected:
                log.info("session.gone", session=id_)
                return None
            await asyncio.sleep(PAUSE_S)
        raise ServiceLost("the broker is away")

    async def _ask(self, id_: str, verb: str, request: object, reply_type: type[Reply], timeout_s: float) -> Reply:
        subject = session(id_, verb)
        reply = await call(self._nc, subject, request, reply_type, timeout_s=timeout_s, lost_after_s=SILENT_S)
        self._reconnects = self._nc.stats["reconnects"]
        return reply

    async def _open_anywhere(self) -> SessionOpened:
        opened = await call(self._nc, EXEC_OPEN, self._open_request(), SessionOpened, timeout_s=OPEN_LIMIT_S)
        self._reconnects = self._nc.stats["reconnects"]
        return opened

    def _open_request(self) -> OpenSession:
        return msgspec.structs.replace(self._request, checkpoint=self.checkpoint)


async def _persist(once: Callable[[], Awaitable[Reply]]) -> Reply:
    """Call again while the service is away. Safe because every request carries its idempotency id."""
    deadline = 0.0
    pause = PAUSE_S
    while True:
        try:
            return await once()
        except ServiceLost as err:
            # From the first loss: how long the call had worked before says nothing.
            deadline = deadline or time.monotonic() + SERVICE_WAIT_S
            if time.monotonic() > deadline:
                raise
            log.warning("service.lost", error=err.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
