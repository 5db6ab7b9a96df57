"""From a request to an endpoint's handler and back: role, query, body, reply."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mycoderai.gateway.api.endpoint import Call, Endpoint, may
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.schemas.web.access import Me

PREFIX = "/api/v1"
IDENTITY = "mycoder.me"
"""Where in a request's scope the guard has put who asks."""


def route(endpoint: Endpoint) -> Route:
    return Route(PREFIX + endpoint.path, answering(endpoint), methods=[endpoint.method], name=endpoint.name)


def answering(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        me: Me = request.scope[IDENTITY]
        if not may(me.role, endpoint.role):
            raise Problem(403, "not_allowed", f"this needs the role {endpoint.role}; yours is {me.role}")
        call = Call(me, request, _query(endpoint, request), await _body(endpoint, request))
        reply = await endpoint.handler(call)
        return reply if isinstance(reply, Response) else json_reply(reply, endpoint.status)

    return answer


def _query(endpoint: Endpoint, request: Request) -> Any:
    if endpoint.query is None:
        return None
    try:
        return msgspec.convert(dict(request.query_params), endpoint.query, strict=False)
    except msgspec.ValidationError as err:
        raise _misfit(err) from err


async def _body(endpoint: Endpoint, request: Request) -> Any:
    if endpoint.body is None:
        return None
    try:
        return msgspec.json.decode(await read_body(request, endpoint.body_bytes), type=endpoint.body)
    except msgspec.ValidationError as err:
        raise _misfit(err) from err
    except msgspec.DecodeError as err:
        raise Problem(400, "bad_request", f"the body is not JSON: {err}") from err


async def read_body(request: Request, most: int) -> bytes:
    """Raises Problem 413 as soon as there is too much."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Problem(413, "too_large", f"the body has more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _misfit(err: msgspec.ValidationError) -> Problem:
    return Problem(400, "bad_request", str(err).replace("$.", ""))
