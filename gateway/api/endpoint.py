"""What an endpoint is: one entry of the table that routes, role checks and OpenAPI are made from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from mycoderai.gateway.limits import Kind
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.web.access import ROLES, Me, Role

Method = Literal["GET", "POST", "PUT", "DELETE"]
BODY_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Call:
    """One request, decoded and allowed."""

    me: Me
    request: Request
    query: Any = None
    """An instance of the endpoint's `query`."""
    body: Any = None
    """An instance of the endpoint's `body`."""
    details: dict[str, str] = field(default_factory=dict)
    """What the audit is to say beside the endpoint: `target`, `id`, `outcome`, `detail`."""

    @property
    def path(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.request.path_params.items()}

    @property
    def run(self) -> str:
        """The path's run, or the beginning of its id. Raises Problem 400 when it can't be one."""
        return self.token("run", "that is not a run's id", "mycoder ls shows the runs")

    @property
    def step(self) -> str:
        return self.token("step", "that is not a step's name")

    def token(self, name: str, message: str, fix: str = "") -> str:
        text: str = self.path[name]
        if not is_token(text):
            raise Problem(400, "bad_request", message, fix)
        return text


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    method: Method
    path: str
    """Under /api/v1, with `{names}`."""
    handler: Handler
    """Returns an instance of `reply`, or a Response of its own."""
    summary: str
    role: Role = "viewer"
    """The least that is needed."""
    query: type | None = None
    body: Any = None
    """A struct or a union of them, decoded from JSON; None: the handler reads what it wants, within `body_bytes`."""
    takes: str = ""
    """Without `body`: the content type of what the handler reads."""
    reply: Any = None
    """A struct, or a union of them; None: `media`."""
    media: str = "application/json"
    status: int = 200
    also: tuple[int, ...] = ()
    """Other statuses that come with `reply`, such as 200 for what had been done before."""
    body_bytes: int = BODY_BYTES
    limit: Kind = "command"
    """How often it may be called, if it changes something."""
    problems: tuple[int, ...] = ()
    """Statuses it may answer with beside 400, 401, 403, 429, 500 and 503."""

    @property
    def changes(self) -> bool:
        """Whether it is a command: audited, and held to the same origin."""
        return self.method != "GET"

    @property
    def replies(self) -> tuple[Any, ...]:
        """The structs it may answer with; none: something else than JSON of ours."""
        if self.reply is None:
            return ()
        return get_args(self.reply) if isinstance(self.reply, UnionType) else (self.reply,)

    @property
    def name(self) -> str:
        """Unique; what OpenAPI calls it."""
        return self.handler.__name__


def may(role: Role, needed: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


__all__ = ["Call", "Endpoint", "Handler", "Response", "may"]
