"""Tokens that open the gateways: made, looked up, revoked. The broker keeps their hashes, so every gateway knows them.

`myc_<id>_<secret>`. Each use is looked up by its id, so one that was revoked opens nothing from that moment on.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from nats.aio.client import Client

from mycoderai.broker.log import last, read, store
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.access import TokenKept
from mycoderai.schemas.errors import Conflict, MycoderError
from mycoderai.schemas.subjects import ACCESS, access_token
from mycoderai.schemas.web.access import Role, Token

SECRET_BYTES = 32
_SHAPE = re.compile(r"myc_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_ID = re.compile(r"[0-9a-f]{16}")
_REVOKED_FOR_S = 86_400
"""How long it is remembered that a token was revoked; longer than any link works that could make it anew."""
LONGEST_DAYS = 3_650


class Made(NamedTuple):
    token: Token
    secret: str


class Tokens:
    """Raises BrokerUnreachable when the broker does not answer: nobody is let in on a guess."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def create(
        self, name: str, role: Role, days: float = 0.0, *, by: str = "", id: str = "", session: bool = False
    ) -> Made:
        """A new token. Raises Conflict when there was one of this id."""
        _check(name, days)
        id, secret, now = id or secrets.token_hex(8), secrets.token_urlsafe(SECRET_BYTES), datetime.now(UTC)
        kept = TokenKept(
            id=id,
            name=name.strip(),
            role=role,
            created_at=_text(now),
            expires_at=_text(now + timedelta(days=days)) if days else "",
            created_by=by,
            session=session,
            digest=digest(secret),
        )
        await self._put(kept, ttl_s=days * 86_400, expected=0)
        return Made(listed(kept), f"myc_{id}_{secret}")

    async def find(self, offered: str) -> Token | None:
        """The token that was shown, if it opens something now."""
        shape = _SHAPE.fullmatch(offered)
        kept = await self._kept(shape[1]) if shape else None
        if shape is None or kept is None or not hmac.compare_digest(kept.digest, digest(shape[2])):
            return None
        return listed(kept) if is_valid(kept, datetime.now(UTC)) else None

    async def of(self, id: str) -> Token | None:
        """The token of an id, while it opens something."""
        kept = await self._kept(id) if _ID.fullmatch(id) else None
        return listed(kept) if kept and is_valid(kept, datetime.now(UTC)) else None

    async def all(self) -> tuple[Token, ...]:
        """Those that open something now, oldest first."""
        now = datetime.now(UTC)
        found = [_decoded(raw.data) for raw in await read(self._nc, ACCESS, access_token("*"))]
        return tuple(listed(kept) for kept in found if is_valid(kept, now))

    async def revoke(self, id: str) -> Token | None:
        """The token that opens nothing from now on; None when there was none."""
        kept = await self._kept(id) if _ID.fullmatch(id) else None
        if kept is None or not is_valid(kept, datetime.now(UTC)):
            return None
        await self._put(msgspec.structs.replace(kept, revoked_at=_text(datetime.now(UTC))), ttl_s=_REVOKED_FOR_S)
        return listed(kept)

    async def _kept(self, id: str) -> TokenKept | None:
        raw = await last(self._nc, access_token(id), ACCESS)
        return _decoded(raw.data) if raw else None

    async def _put(self, kept: TokenKept, *, ttl_s: float, expected: int | None = None) -> None:
        headers = {} if expected is None else {"Nats-Expected-Last-Subject-Sequence": str(expected)}
        if ttl_s:
            headers["Nats-TTL"] = f"{max(1, round(ttl_s))}s"
        answer = await store(self._nc, access_token(kept.id), msgspec.json.encode(kept), headers, wait_for_room=False)
        if error := answer.get("error"):
            if "wrong last" in str(error.get("description", "")):
                raise Conflict(f"there is a token {kept.id}")
            raise MycoderError(f"the broker refused to keep the token: {error.get('description')}")


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_valid(kept: TokenKept, now: datetime) -> bool:
    return not kept.revoked_at and (not kept.expires_at or now < datetime.fromisoformat(kept.expires_at))


def listed(kept: TokenKept) -> Token:
    return Token(**{name: getattr(kept, name) for name in Token.__struct_fields__})


def _check(name: str, days: float) -> None:
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise Problem(400, "bad_request", "a token needs a name of at most 100 characters")
    if not 0 <= days <= LONGEST_DAYS:
        raise Problem(400, "bad_request", f"days lies between 0 (no end) and {LONGEST_DAYS}")


def _decoded(data: bytes) -> TokenKept:
    return msgspec.json.decode(data, type=TokenKept)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
