"""Who is asking, by what a request carries: a token, a trusted proxy's word, or that it comes from this host."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from nats.aio.client import Client
from starlette.datastructures import Headers
from starlette.types import Scope

from mycoderai.gateway.audit import AuditLog
from mycoderai.gateway.limits import Limits, times
from mycoderai.gateway.peers import Peers, is_loopback
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.proxies import Proxies
from mycoderai.gateway.sign_in import SESSION_DAYS
from mycoderai.gateway.tokens import Tokens
from mycoderai.gateway.who import who
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import Me, Token

_PROXIED = frozenset({"x-forwarded-for", "x-real-ip", "forwarded", "via"})
OWNER = "owner"


class Access:
    """One for a gateway: who may come in, how often (`limits`), and what is written down of it (`audit`)."""

    def __init__(self, nc: Client, settings: Settings, *, host: str) -> None:
        """host: the address that is listened to."""
        self.tokens = Tokens(nc)
        self.limits = Limits(times(settings.gateway_rate))
        self.audit = AuditLog(nc)
        self.owner = who() or OWNER
        self._proxies = Proxies(settings)
        self._peers = Peers()
        self._is_public = not is_loopback(host)
        self._demands = settings.gateway_access == "token" or self._proxies.configured
        self._is_open = not self._is_public and not self._demands

    async def check_public(self) -> None:
        """Raises ConfigError when others can reach this gateway, and nothing says who of them may come in."""
        if self._is_public and not self._demands and not await self.tokens.all():
            raise ConfigError(
                "a gateway that others can reach needs to know who may come in, and there is no token",
                "mycoder token create NAME --role admin (or set gateway_access to token, or a trusted proxy); "
                "without --host it is open to this host alone",
            )

    async def identify(self, scope: Scope, auth: object = None) -> Me | None:
        """Whom a request comes from; None for nobody who is known. auth: what a socket's first message holds.

        Raises Problem for a token that opens nothing, BrokerUnreachable when tokens cannot be looked up.
        """
        headers = Headers(scope=scope)
        if shown := _handed_over(auth) or bearer(headers):
            return await self._by_token(shown, scope)
        if me := await self._by_proxy(scope, headers) or await self._by_cookie(headers):
            return me
        if await self._is_from_here(scope, headers):
            return Me(name=self.owner, role="admin", by="loopback")
        return None

    async def still(self, me: Me) -> bool:
        """Whether somebody who was let in would be let in again: a token may have been revoked since."""
        return not me.token or await self.tokens.of(me.token) is not None

    def address(self, scope: Scope) -> str:
        """Whose request it is, past the proxies that are trusted."""
        return self._proxies.client_address(_peer(scope), Headers(scope=scope))

    async def check_shown(self, shown: str, scope: Scope) -> Token:
        """The token that was shown. Raises Problem 401, and 429 for one who tries again and again."""
        if token := await self.tokens.find(shown):
            return token
        self.limits.take(self.address(scope), "failed_login")
        raise Problem(401, "token_refused", "that token opens nothing here; it may have been revoked or be too old")

    async def _by_token(self, shown: str, scope: Scope) -> Me:
        return _as_me(await self.check_shown(shown, scope))

    async def _by_cookie(self, headers: Headers) -> Me | None:
        shown = _cookie(headers.get("cookie", ""), cookie_name(headers))
        token = await self.tokens.find(shown) if shown else None
        return _as_me(token) if token else None

    async def _by_proxy(self, scope: Scope, headers: Headers) -> Me | None:
        host = _peer(scope)
        if not self._proxies.trusts(host) or (is_loopback(host) and not await self._is_person(scope)):
            return None
        return self._proxies.me(headers)

    async def _is_from_here(self, scope: Scope, headers: Headers) -> bool:
        if not self._is_open or not is_loopback(_peer(scope)) or not _PROXIED.isdisjoint(headers.keys()):
            return False
        return is_here(headers.get("host", "")) and await self._is_person(scope)

    async def _is_person(self, scope: Scope) -> bool:
        client, server = scope.get("client"), scope.get("server")
        if not client or not server:
            return False
        return await self._peers.is_person((client[0], client[1]), (server[0], server[1]))


def caller(me: Me) -> str:
    """By what the limits tell callers apart."""
    return me.token or f"{me.by}:{me.name}"


def bearer(headers: Mapping[str, str]) -> str:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def is_here(host: str) -> bool:
    """Whether a Host header names this host by a loopback name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)


def cookie_name(headers: Mapping[str, str]) -> str:
    """A browser sends cookies to every port of a host, so two fleets on one must not share a name."""
    try:
        port = urlsplit(f"//{headers.get('host', '')}").port
    except ValueError:
        port = None
    return f"mycoder_{port}" if port else "mycoder"


def cookie(secret: str, headers: Mapping[str, str]) -> str:
    """What signs a browser in; without a secret, what signs it out."""
    https = headers.get("x-forwarded-proto", "") == "https" or headers.get("origin", "").startswith("https://")
    # Lax, not Strict: a link in a chat window must open the page. What changes something checks the origin.
    kept = f"Max-Age={int(SESSION_DAYS * 86_400) if secret else 0}{'; Secure' if https else ''}"
    return f"{cookie_name(headers)}={secret}; Path=/; HttpOnly; SameSite=Lax; {kept}"


def _as_me(token: Token) -> Me:
    return Me(name=token.name, role=token.role, by="token", token=token.id)


def _handed_over(auth: Any) -> str:
    shown = auth.get("token") if isinstance(auth, dict) else None
    return shown if isinstance(shown, str) else ""


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
