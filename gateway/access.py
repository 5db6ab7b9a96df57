"""Who may look: one random token per data directory, kept in a file only its owner can read."""

import hashlib
import hmac
import os
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from mycoderai.broker.files import sync, sync_folder
from mycoderai.schemas.errors import ConfigError

FILE = "gateway.token"
URL_FILE = "gateway.url"
_BYTES = 32


class Access:
    def __init__(self, token: str) -> None:
        self.token = token
        # A browser sends cookies to every port of a host, so two fleets must not share a name.
        self.cookie_name = f"mycoder_{hashlib.sha256(token.encode()).hexdigest()[:12]}"

    def knows(self, token: object) -> bool:
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self.token.encode())

    def admits(self, *, cookies: str = "", authorization: str = "") -> bool:
        """Whether a request's own headers carry the token."""
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer" and self.knows(credentials.strip()):
            return True
        return self.knows(_cookie(cookies, self.cookie_name))

    @property
    def cookie(self) -> str:
        # Lax, not Strict: a link in a chat window must open the page. What changes something checks the origin.
        return f"{self.cookie_name}={self.token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"


def load_access(data: Path) -> Access:
    """The token of this data directory, made at the first call."""
    path = data / FILE
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _create(path, secrets.token_urlsafe(_BYTES))
        token = path.read_text().strip()
    except OSError as err:
        raise ConfigError(
            f"cannot keep the access token in {path}: {err.strerror}", "check the data directory"
        ) from err
    if len(token) < _BYTES:
        raise ConfigError(f"{path} holds no usable token", f"rm {path}; the next start makes a new one")
    return Access(token)


def page_url(data: Path) -> str:
    """The page's address with the token, once a gateway has started here; else empty."""
    try:
        url, token = (data / URL_FILE).read_text().strip(), (data / FILE).read_text().strip()
    except OSError:
        return ""
    return f"{url}/?token={token}" if url else ""


def _create(path: Path, token: str) -> None:
    # A temporary name first: two starts at once must agree on one token.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token + "\n")
        sync(file)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
