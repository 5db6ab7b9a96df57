"""The door: host, origin and identity of every request are checked here, before anything else sees it."""

import ipaddress
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mycoderai.gateway.access import Access, bearer, cookie
from mycoderai.gateway.api.dispatch import ADDRESS, IDENTITY, bounded
from mycoderai.gateway.problem import Problem, as_problem, token_needed
from mycoderai.gateway.replies import guarded, problem_reply
from mycoderai.gateway.sign_in import PARAMETER, begin_session, read_link
from mycoderai.schemas.web.access import Me

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/version"})
SOCKET_PATH = "/socket.io/"
"""May be reached by nobody in particular: a token can also come in the socket's first message, and is checked there."""
SIGN_IN_PATH = "/sign-in"
OWN_HEADER = "x-mycoder-client"
"""A page of another site cannot send a header of this name without asking first, and is never allowed to."""
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})
_SENT_BY_FORMS = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_FORM_BYTES = 4_096
HEAD_BYTES = 64 << 10
"""Of a request's path, query and headers."""


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, access: Access, key: bytes, host_names: Collection[str] = ()) -> None:
        self._app = app
        self._access = access
        self._key = key
        self._host_names = frozenset({"localhost", *(name.lower() for name in host_names)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        if scope["type"] == "http":
            send = guarded(send, scope)
        try:
            reply = await self._meet(scope, receive)
        except Exception as err:
            problem = as_problem(err)
            if problem is None:
                raise
            await _refuse(problem, scope, receive, send)
            return
        await (reply or self._app)(scope, receive, send)

    async def _meet(self, scope: Scope, receive: Receive) -> Response | None:
        """Check a request; the answer to it where that is all there is to do. Raises Problem."""
        headers = Headers(scope=scope)
        _check_head(scope)
        self._check_host(headers.get("host", ""))
        _check_site(scope, headers)
        if scope["path"] == SIGN_IN_PATH and scope.get("method") == "POST":
            return await self._take_form(scope, receive, headers)
        if link := _offered_link(scope):
            return await self._take_link(link, scope, headers)
        if scope["path"] not in OPEN_PATHS:
            await self._check_who(scope, headers)
        return None

    def _check_host(self, host: str) -> None:
        """A name of another site's own may point at us."""
        if not self._is_ours(host):
            raise Problem(
                403,
                "foreign_host",
                f"the gateway does not answer as {host[:200]!r}",
                "use the address it prints, or start it with --host-name NAME",
            )

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

    async def _check_who(self, scope: Scope, headers: Headers) -> None:
        scope[ADDRESS] = self._access.address(scope)
        me = await self._access.identify(scope)
        if me is None:
            if scope["path"] != SOCKET_PATH:
                raise token_needed()
            return
        if scope["type"] == "http" and scope["path"] != SOCKET_PATH and not bearer(headers):
            _check_intent(scope, headers, me)
        scope[IDENTITY] = me

    async def _take_link(self, link: str, scope: Scope, headers: Headers) -> Response:
        address = self._access.address(scope)
        try:
            id = read_link(link, self._key)
        except Problem:
            self._access.limits.take(address, "failed_login")
            raise
        me = Me(name=self._access.owner, role="admin", by="token", token=id)
        async with self._access.audit.carrying_out(me, "sign_in", {"target": id}, address=address):
            made = await begin_session(id, self._access.tokens, me.name)
        return _welcome(made.secret, headers)

    async def _take_form(self, scope: Scope, receive: Receive, headers: Headers) -> Response:
        if not _says_its_site(headers):
            raise _foreign()
        form = await Request(scope, bounded(receive, headers, _FORM_BYTES)).body()
        shown = parse_qs(form.decode("latin-1")).get("token", [""])[0].strip()
        await self._access.check_shown(shown, scope)
        return _welcome(shown, headers)


def _check_head(scope: Scope) -> None:
    size = len(scope.get("raw_path", b"")) + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
        raise head_too_large()


def head_too_large() -> Problem:
    return Problem(431, "too_large", f"the request's address and headers have more than {HEAD_BYTES} bytes")


def _check_site(scope: Scope, headers: Headers) -> None:
    """A page of another site must not use the browser's cookie, or that its host is let in."""
    origin = headers.get("origin")
    if origin is not None and origin.lower().partition("://")[2] != headers.get("host", "").lower():
        raise _foreign(origin)
    if headers.get("sec-fetch-site", "none") not in _OWN_SITE and not _is_visit(scope, headers):
        raise _foreign(headers["sec-fetch-site"])


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Somebody follows a link to us."""
    return scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"


def _check_intent(scope: Scope, headers: Headers, me: Me) -> None:
    """What changes something, on the word of a cookie or of where it comes from, must be meant by a page of ours: no
    form of another site could have sent it, even in a browser that does not say where it stands."""
    if scope["method"] in _LOOKING:
        return
    if me.by == "token" and not _says_its_site(headers):
        raise _foreign()
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if scope["method"] == "POST" and content_type in _SENT_BY_FORMS and OWN_HEADER not in headers:
        raise Problem(
            403,
            "not_meant",
            "a command needs the content type application/json or a header X-Mycoder-Client",
            "send one of them, or a token as `Authorization: Bearer`",
        )


def _says_its_site(headers: Headers) -> bool:
    return "origin" in headers or "sec-fetch-site" in headers  # and what they say has been checked


def _foreign(where: str = "an unnamed page") -> Problem:
    return Problem(403, "foreign_origin", f"requests from {where[:200]!r} are refused")


def _welcome(secret: str, headers: Headers) -> Response:
    """Keep the token as a cookie, and keep it out of the address bar and the history."""
    return RedirectResponse("/", status_code=303, headers={"Set-Cookie": cookie(secret, headers)})


def _offered_link(scope: Scope) -> str:
    if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
        return ""
    query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get(PARAMETER, [""])[0]


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": problem.code})
        return
    accept = "" if scope["path"].startswith("/api/") else Headers(scope=scope).get("accept", "")
    await problem_reply(problem, accept)(scope, receive, send)
