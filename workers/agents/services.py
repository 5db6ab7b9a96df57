"""The services an agent stands on, as calls that survive the loss of the process behind them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog
from nats.aio.client import Client

from mycoderai.broker.request import call
from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import ServiceLost
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
    """An execution session that is opened again elsewhere, at the last checkpoint, when its executor is lost."""

    def __init__(self, nc: Client, request: OpenSession, *, command_limit_s: float) -> None:
        self.writes: tuple[str, ...] = ("**",)
        self._nc = nc
        self._request = request
        self._limit_s = command_limit_s + GRACE_S
        self._opened: SessionOpened | None = None
        self._sessions = 0
        self.checkpoint: Checkpoint | None = request.checkpoint

    async def open(self, known_session: str = "") -> SessionOpened:
        """A session of an earlier attempt that still lives goes on where it is: its journal answers calls it has
        seen. Otherwise any executor restores the last checkpoint."""
        if known_session:
            try:
                self._opened = await call(
                    self._nc, session(known_session, "open"), self._open_request(), SessionOpened, timeout_s=10
                )
                return self._opened
            except ServiceLost:
                log.info("session.gone", session=known_session)
        self._opened = await _persist(self._open_anywhere)
        return self._opened

    async def tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolReply:
        """Raises RefusedError, ServiceLost."""
        request = ToolRequest(
            call=call_id, name=name, arguments=arguments, base_tree=self._base_tree, writes=self.writes
        )
        sessions = self._sessions
        reply = await self._in_session("tool", request, ToolReply)
        self.checkpoint = reply.checkpoint
        if self._sessions == sessions:
            return reply
        # Its first session was lost with the call under way: it may have run twice, which only the log will tell.
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
        return await self._in_session("submit", request, Submitted)

    async def close(self, reason: str) -> None:
        if self._opened is None:
            return
        try:
            subject = session(self._opened.session, "close")
            await call(self._nc, subject, CloseSession(reason=reason), dict, timeout_s=5)
        except ServiceLost:
            log.info("session.gone", session=self._opened.session)

    async def _in_session(self, verb: str, request: object, reply_type: type[Reply]) -> Reply:
        async def once() -> Reply:
            if self._opened is None:
                self._opened = await self._open_anywhere()
            try:
                subject = session(self._opened.session, verb)
                return await call(self._nc, subject, request, reply_type, timeout_s=self._limit_s)
            except ServiceLost:
                # The executor is gone: what this call did in its workspace is gone with it.
                self._opened = None
                raise

        return await _persist(once)

    async def _open_anywhere(self) -> SessionOpened:
        self._sessions += 1
        return await call(self._nc, EXEC_OPEN, self._open_request(), SessionOpened, timeout_s=OPEN_LIMIT_S)

    def _open_request(self) -> OpenSession:
        return msgspec.structs.replace(self._request, checkpoint=self.checkpoint)


async def _persist(once: Callable[[], Awaitable[Reply]]) -> Reply:
    """Call again while the service is away. Safe because every request carries its idempotency id."""
    deadline = time.monotonic() + SERVICE_WAIT_S
    pause = 0.1
    while True:
        try:
            return await once()
        except ServiceLost as err:
            if time.monotonic() > deadline:
                raise
            log.warning("service.lost", error=err.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
