"""Links that sign a browser in on this host: they work once, for a few minutes.

`<expiry>.<id>.<proof>`, the proof made with a key that only the owner of the data directory can read. What such a link
makes is a token of the id it names, so every gateway sees when it was used before.
"""

import hashlib
import hmac
import secrets
import time
from pathlib import Path

from mycoderai.broker.files import create_private
from mycoderai.gateway.fleet_data import try_lock, write_private
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.tokens import Made, Tokens
from mycoderai.schemas.errors import ConfigError, Conflict
from mycoderai.schemas.settings import Settings

KEY_FILE = "gateway.key"
URL_FILE = "gateway.url"
_TELLING = "gateway.lock"
PARAMETER = "sign_in"
LINK_S = 600
SESSION_DAYS = 30.0
_KEY_CHARS = 32


def load_key(data: Path) -> bytes:
    """The key of this data directory, made at the first call."""
    path = data / KEY_FILE
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            create_private(path, secrets.token_urlsafe(_KEY_CHARS))
        key = path.read_bytes().strip()
    except OSError as err:
        raise ConfigError(f"cannot keep the sign-in key in {path}: {err.strerror}", "check the data directory") from err
    if len(key) < _KEY_CHARS:
        raise ConfigError(f"{path} holds no usable key", f"rm {path}; the next start makes a new one")
    return key


def page_url(settings: Settings) -> str:
    """An address that opens the page, once a gateway has started on this data directory; else empty."""
    url = _told_url(settings.data)
    demands = settings.gateway_access == "token" or bool(settings.gateway_proxies)
    return sign_in_link(settings.data) if url and demands else url


def sign_in_link(data: Path) -> str:
    """An address that signs in whoever opens it first; empty as long as no gateway has started here."""
    url = _told_url(data)
    return make_link(url, load_key(data)) if url else ""


def tell_url(data: Path, url: str) -> int | None:
    """For `page_url` and links. Several gateways may run here: the first one is told, until the returned lock is freed.
    The address outlives it, for the next start."""
    held = try_lock(data / _TELLING)
    if held is not None:
        write_private(data / URL_FILE, f"{url}\n".encode())
    return held


def _told_url(data: Path) -> str:
    try:
        return (data / URL_FILE).read_text().strip()
    except OSError:
        return ""


def make_link(url: str, key: bytes) -> str:
    """The page's address, which signs in whoever opens it first."""
    claim = f"{int(time.time()) + LINK_S}.{secrets.token_hex(8)}"
    return f"{url}/?{PARAMETER}={claim}.{_proof(claim, key)}"


def read_link(offered: str, key: bytes) -> str:
    """The id of the session it stands for. Raises Problem 401 for a link that is not ours, or too old."""
    claim, _, proof = offered.rpartition(".")
    if not hmac.compare_digest(proof.encode("utf-8", "replace"), _proof(claim, key).encode()):
        raise _refused("that sign-in link is not of this fleet")
    expiry, _, id = claim.partition(".")
    if time.time() > int(expiry):
        raise _refused("that sign-in link is too old")
    return id


async def begin_session(id: str, tokens: Tokens, name: str) -> Made:
    """The token of a new session. Raises Problem 401 when there was one of this id: the link was used."""
    try:
        return await tokens.create(name, "admin", SESSION_DAYS, by="sign-in link", id=id, session=True)
    except Conflict as err:
        raise _refused("that sign-in link was used before") from err


def _refused(why: str) -> Problem:
    return Problem(401, "link_refused", why, "`mycoder token link` makes a new one, which works once")


def _proof(claim: str, key: bytes) -> str:
    return hmac.new(key, claim.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
