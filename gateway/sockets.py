"""Socket.IO on the default namespace: what a browser may say, and what it gets. The structs are in
`schemas/web/sockets.py`.

    subscribe {run?, room?, after_seq?, live?}   acked with {ok: true, data} or {ok: false, error: {code, message, fix}}
    unsubscribe {run?, room?}                    acked alike
    command {what, id, run, …}                   acked alike; the same id again is answered again, and done once

Without `run`, a room: `runs` (the list), `inbox` or `fleet`; the ack holds it as it is, and events of its name what
changed. With `run`, one run: `event` events carry its log, `live` events what its steps do right now. `after_seq`
resumes there; without it, data holds a snapshot (`detail`, `turns`) and the events past its `seq` follow. A cursor the
log does not reach is answered with a snapshot too. The ack comes before the first event.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import nats.errors
import socketio
import structlog
from nats.aio.client import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from mycoderai.broker.metrics import CLIENTS
from mycoderai.gateway import wire
from mycoderai.gateway.access import Access, caller
from mycoderai.gateway.api.endpoint import may
from mycoderai.gateway.audit import named
from mycoderai.gateway.engine import LINE, Reply, Server
from mycoderai.gateway.line import Line
from mycoderai.gateway.problem import Problem, as_problem, token_needed
from mycoderai.gateway.replies import problem_reply
from mycoderai.gateway.rooms_fleet import Look
from mycoderai.gateway.watching import Browser, Watching
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import Me, Role
from mycoderai.schemas.web.commands import AnyCommand, Outcome
from mycoderai.schemas.web.sockets import Subscribe, Unsubscribe

RECHECK_S = 15.0
"""How often it is looked whether a browser's token still opens something."""
SPARE = 200
"""Connections over the number of browsers, for those that have not shown their token yet."""
log = structlog.get_logger()
Carry = Callable[[AnyCommand, Me], Awaitable[Outcome]]
_Handler = Callable[[Browser, Any], Awaitable[Reply]]


class Sockets:
    """The browsers that are connected."""

    def __init__(self, nc: Client, settings: Settings, access: Access, carry_out: Carry, look: Look) -> None:
        self._settings = settings
        self._access = access
        self._carry_out = carry_out
        self._watching = Watching(nc, settings, look)
        self._browsers: dict[str, Browser] = {}
        self._rechecking: asyncio.Task[None] | None = None
        self._handlers: dict[str, tuple[Role, Any, _Handler]] = {
            "subscribe": ("viewer", Subscribe, self._watching.subscribe),
            "unsubscribe": ("viewer", Unsubscribe, self._watching.unsubscribe),
            "command": ("operator", AnyCommand, self._command),
        }
        self.server = Server(self._answer)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def around(self, app: ASGIApp) -> ASGIApp:
        """An ASGI application that serves Socket.IO, and everything else by another one."""
        inner = socketio.ASGIApp(self.server, app)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/socket.io/" and b"sid=" not in scope["query_string"] and self._is_full(SPARE):
                if scope["type"] == "websocket":
                    await receive()
                await problem_reply(self._full())(scope, receive, send)
                return
            await inner(scope, receive, send)

        return serve

    def _is_full(self, spare: int = 0) -> bool:
        return len(self.server.eio.sockets if spare else self._browsers) >= self._settings.gateway_clients + spare

    def _full(self) -> Problem:
        most = self._settings.gateway_clients
        fix = "close some, start another gateway, or raise gateway_clients"
        return Problem(503, "too_many_clients", f"{most} browsers are connected to this gateway", fix)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        try:
            me = await self._access.identify(environ["asgi.scope"], auth)
        except MycoderError as err:
            problem = as_problem(err) or token_needed()
            raise socketio.exceptions.ConnectionRefusedError(problem.code, problem.fields) from err
        if me is None:
            raise socketio.exceptions.ConnectionRefusedError("token_needed", token_needed().fields)
        if self._is_full():
            full = self._full()
            raise socketio.exceptions.ConnectionRefusedError(full.code, full.fields)
        line: Line = environ[LINE]
        if line.closed:  # it left while its token was looked up
            raise socketio.exceptions.ConnectionRefusedError("disconnected")
        self._browsers[sid] = browser = Browser(line, me, self._access.address(environ["asgi.scope"]))
        line.join(browser)
        self._watch_tokens()
        CLIENTS.set(len(self._browsers))

    def _watch_tokens(self) -> None:
        if self._rechecking is None or self._rechecking.done():
            self._rechecking = asyncio.create_task(self._recheck(), name="recheck tokens")

    async def _recheck(self) -> None:
        """Cut off whose token has been revoked, or is too old, while any browser is there by a token."""
        while shown := {browser.me.token for browser in self._browsers.values()} - {""}:
            await asyncio.sleep(RECHECK_S)
            for token in shown:
                if await self._is_gone(token):
                    for browser in [one for one in self._browsers.values() if one.me.token == token]:
                        browser.line.end("its token opens nothing any more")

    async def _is_gone(self, token: str) -> bool:
        try:
            return await self._access.tokens.of(token) is None
        except (MycoderError, nats.errors.Error):  # the broker is away; it is asked again
            return False

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        browser = self._browsers.pop(sid, None)
        if browser:
            browser.line.owner = None
            self._watching.leave_all(browser)
            CLIENTS.set(len(self._browsers))

    async def _answer(self, line: Line, name: str, argument: object) -> Reply:
        """The ack of an event: its data, or what went wrong."""
        try:
            return {"ok": True, "data": await self._handled(line.owner, name, argument)}
        except Exception as err:
            problem = as_problem(err)
            if problem is None:
                log.exception("gateway.bug")
                problem = Problem(500, "bug", f"{type(err).__name__} in the gateway", "read the gateway's log")
            return {"ok": False, "error": problem.fields}

    async def _handled(self, browser: Browser | None, name: str, argument: object) -> Reply:
        if browser is None:
            raise token_needed()
        if name not in self._handlers:
            raise Problem(404, "unknown_event", f"there is no event {name[:100]!r}", f"there are {[*self._handlers]}")
        needed, asked, handler = self._handlers[name]
        try:
            if needed != "viewer":
                await self._check_may(browser, needed)
            question = _converted(argument, asked)
        except Problem as problem:
            if needed != "viewer" and problem.status in (400, 403):
                await self._access.audit.refused(browser.me, name, {"detail": problem.code}, address=browser.address)
            raise
        return await handler(browser, question)

    async def _check_may(self, browser: Browser, needed: Role) -> None:
        """Raises Problem for a command that is not the browser's to give, or is one too many."""
        self._access.limits.take(caller(browser.me), "command")
        if not await self._access.still(browser.me):
            raise token_needed()
        if not may(browser.me.role, needed):
            raise Problem(403, "not_allowed", f"this needs the role {needed}; yours is {browser.me.role}")

    async def _command(self, browser: Browser, command: Any) -> Reply:
        details = {"target": command.run, "id": command.id}
        what = named("command_run", command)
        async with self._access.audit.carrying_out(browser.me, what, details, address=browser.address):
            outcome = await self._carry_out(command, browser.me)
            if outcome.outcome == "refused":
                details |= {"outcome": "refused", "detail": outcome.reason}
        plain: Reply = wire.plain(outcome)
        return plain


def _converted(argument: object, asked: Any) -> Any:
    try:
        return msgspec.convert({} if argument is None else argument, asked)
    except msgspec.ValidationError as err:
        raise Problem(400, "bad_request", str(err).replace("$.", "")) from err
