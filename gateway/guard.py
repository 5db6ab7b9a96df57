"""The door: host, origin and token of every request are checked here, before anything else sees it."""

import ipaddress
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mycoderai.gateway.access import Access
from mycoderai.gateway.api.dispatch import IDENTITY
from mycoderai.gateway.problem import Problem, token_needed
from mycoderai.gateway.replies import problem_reply
from mycoderai.schemas.web.access import Me

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/version"})
SOCKET_PATH = "/socket.io/"
"""May be reached without the token: it can also come in the socket's first message, and is checked there."""


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, access: Access, host_names: Collection[str] = ()) -> None:
        self._app = app
        self._access = access
        self._host_names = frozenset({"localhost", *(name.lower() for name in host_names)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        headers = Headers(scope=scope)
        try:
            self._check_where(headers)
            token = _offered(scope)
            if token and self._access.knows(token):
                await self._welcome(scope, receive, send)
                return
            self._check_who(scope, headers)
        except Problem as problem:
            await _refuse(problem, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_where(self, headers: Headers) -> None:
        """A page of another site must not use the browser's cookie, nor a name of its own that points at us."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise Problem(
                403,
                "foreign_host",
                f"the gateway does not answer as {host[:200]!r}",
                "use the address it prints, or start it with --host-name NAME",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host.lower():
            raise Problem(403, "foreign_origin", f"requests from {origin[:200]!r} are refused")

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._host_names:
                return True
            # DNS rebinding needs a name; an address cannot be rebound.
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _check_who(self, scope: Scope, headers: Headers) -> None:
        path = scope["path"]
        if path in OPEN_PATHS or path == SOCKET_PATH:
            return
        if not self._access.admits(cookies=headers.get("cookie", ""), authorization=headers.get("authorization", "")):
            raise token_needed()
        scope[IDENTITY] = Me(name="owner", role="admin", by="token")

    async def _welcome(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the token as a cookie and get it out of the address bar and the history."""
        reply = RedirectResponse("/", status_code=303, headers={"Set-Cookie": self._access.cookie})
        await reply(scope, receive, send)


def _offered(scope: Scope) -> str:
    if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
        return ""
    query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": problem.code})
        return
    await problem_reply(problem, Headers(scope=scope).get("accept", ""))(scope, receive, send)
