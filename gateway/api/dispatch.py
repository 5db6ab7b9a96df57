"""From a request to an endpoint's handler and back: role, limits, query, body, audit, reply."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive

from mycoderai.gateway.access import Access, caller
from mycoderai.gateway.api.endpoint import Call, Endpoint, may
from mycoderai.gateway.audit import named
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.schemas.web.access import Me

PREFIX = "/api/v1"
IDENTITY = "mycoder.me"
"""Where in a request's scope the guard has put who asks."""
ADDRESS = "mycoder.address"
"""And from where."""
BODY_S = 20.0
SLOWEST_BYTES_PER_S = 64 << 10
"""A body has so much time, and more for its size. Who uploads holds one of few places, so this is no trickle."""


_Answer = Callable[[Request], Awaitable[Response]]
_NUMBER = re.compile(r"{(letter|seq)}")


class _Digits(StringConvertor):
    """Of a number, however long: what is made of it is the endpoint's to say."""

    regex = "[0-9]+"


register_url_convertor("digits", _Digits())


def routes(endpoints: Iterable[Endpoint], access: Access) -> list[Route]:
    """One for each path, so that a method it does not have is refused with those it has."""
    by_path: dict[str, dict[str, _Answer]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = answering(endpoint, access)
    return [_route(path, answers) for path, answers in by_path.items()]


def _route(path: str, answers: dict[str, _Answer]) -> Route:
    async def answer(request: Request) -> Response:
        return await answers["GET" if request.method == "HEAD" else request.method](request)

    # What is no number is not looked up: /dead/replay is a path of its own.
    return Route(PREFIX + _NUMBER.sub(r"{\1:digits}", path), answer, methods=list(answers))


def answering(endpoint: Endpoint, access: Access) -> _Answer:
    async def answer(request: Request) -> Response:
        me: Me = request.scope[IDENTITY]
        address: str = request.scope[ADDRESS]
        request = Request(request.scope, bounded(request.receive, request.headers, endpoint.body_bytes))
        details = _details(request)
        try:
            call = await _allowed(endpoint, access, me, request, details)
        except Problem as problem:
            if endpoint.changes and problem.status != 429:
                details["detail"] = problem.code
                await access.audit.refused(me, endpoint.name, details, address=address)
            raise
        if not endpoint.changes:
            return _reply(endpoint, await endpoint.handler(call))
        async with access.audit.carrying_out(me, named(endpoint.name, call.body), details, address=address):
            return _reply(endpoint, await endpoint.handler(call))

    return answer


async def _allowed(endpoint: Endpoint, access: Access, me: Me, request: Request, details: dict[str, str]) -> Call:
    """The request, decoded. Raises Problem."""
    if endpoint.changes:
        access.limits.take(caller(me), endpoint.limit)
    if not may(me.role, endpoint.role):
        raise Problem(403, "not_allowed", f"this needs the role {endpoint.role}; yours is {me.role}")
    body = await _body(endpoint, request)
    if id := getattr(body, "id", ""):
        details["id"] = str(id)
    return Call(me, request, _query(endpoint, request), body, details)


def _details(request: Request) -> dict[str, str]:
    return {"target": " ".join(str(part) for part in request.path_params.values())}


def _reply(endpoint: Endpoint, reply: Any) -> Response:
    return reply if isinstance(reply, Response) else json_reply(reply, endpoint.status)


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
        return msgspec.json.decode(await request.body(), type=endpoint.body)
    except msgspec.ValidationError as err:
        raise _misfit(err) from err
    except (msgspec.DecodeError, RecursionError) as err:
        raise Problem(400, "bad_request", f"the body is not JSON: {err}") from err


def bounded(receive: Receive, headers: Headers, most: int) -> Receive:
    """A body of at most so many bytes, which must not trickle in either once it is asked for. Raises Problem 413, 408,
    and 400 when the client leaves."""
    began, size = 0.0, 0

    async def receive_some() -> Message:
        nonlocal began, size
        began = began or time.monotonic()
        _check_size(int(headers.get("content-length", 0)), most)
        left_s = began + BODY_S + size / SLOWEST_BYTES_PER_S - time.monotonic()
        try:
            async with asyncio.timeout(max(left_s, 0)):
                message = await receive()
        except TimeoutError as err:
            raise _too_slow(size) from err
        if message["type"] == "http.disconnect":
            raise Problem(400, "cut_off", f"the client left before all of the body had arrived ({size} bytes did)")
        size += len(message.get("body", b""))
        _check_size(size, most)
        return message

    return receive_some


def _too_slow(size: int) -> Problem:
    return Problem(
        408,
        "too_slow",
        f"the body did not arrive in time ({size} bytes did)",
        f"send it faster: after {BODY_S:.0f} s, at least {SLOWEST_BYTES_PER_S >> 10} KB for each second it takes",
    )


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise Problem(413, "too_large", f"the body has more than {most} bytes")


def _misfit(err: msgspec.ValidationError) -> Problem:
    return Problem(400, "bad_request", str(err).replace("$.", ""))
