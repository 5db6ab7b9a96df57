"""Who may use the gateway, and what was done with it."""

from typing import Literal, get_args

import msgspec

Role = Literal["viewer", "operator", "admin"]
"""`viewer` looks, `operator` also submits and steers runs, `admin` also changes the fleet and who may use it."""
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the gateway takes the caller for."""

    name: str
    role: Role
    by: Literal["loopback", "token", "proxy"]
    """`loopback`: anybody on this host is let in, because the gateway listens to this host alone."""
    token: str = ""
    """The id of the token that was shown."""


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    """Whom it is for; stands in the audit and in the log of runs."""
    role: Role = "viewer"
    days: float = 0.0
    """How long it works; 0: until it is revoked."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is listed; what opens the door is shown once, when it is made."""

    id: str
    name: str
    role: Role
    created_at: str
    expires_at: str = ""
    created_by: str = ""
    session: bool = False
    """A browser's, made by a sign-in link; ends when the browser signs out."""


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    token: Token
    secret: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    tokens: tuple[Token, ...]


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """A command somebody gave, and what became of it."""

    seq: int = 0
    at: str
    who: str
    role: Role
    what: str
    """The endpoint or the verb, such as `ask.cancel` or `token.create`."""
    target: str = ""
    """The run, the letter, the worker, the token it was about."""
    id: str = ""
    """The command's own id."""
    outcome: Literal["begun", "done", "refused", "failed"]
    """`begun`: the gateway ended before it could write down what became of it."""
    detail: str = ""
    address: str = ""


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    before: int = 0
    """Sequence; 0: the newest."""
    limit: int = 100


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    entries: tuple[Audited, ...]
    more: bool = False
