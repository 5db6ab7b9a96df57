"""Plain HTTP: the page, the API under /api/v1, and what a supervisor asks."""

import secrets
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from mycoderai.broker.metrics_text import CONTENT_TYPE
from mycoderai.gateway.access import Access
from mycoderai.gateway.api.dispatch import PREFIX, routes
from mycoderai.gateway.api.table import endpoints
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.metrics import FleetMetrics
from mycoderai.gateway.problem import Problem, as_problem
from mycoderai.gateway.readiness import Readying
from mycoderai.gateway.replies import json_reply, policy_of_page, problem_reply
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.events import SCHEMA_VERSION
from mycoderai.schemas.settings import Settings

STATIC = Path(__file__).parent / "static"
DOCUMENTS = STATIC.with_name("documents")
"""Made from the structs by `make docs`."""
PAGES = (
    "/",
    "/inbox",
    "/new",
    "/compare",
    "/dashboard",
    "/fleet",
    "/dead",
    "/memory",
    "/costs",
    "/settings",
    "/runs/{run}",
    *(f"/runs/{{run}}/{screen}" for screen in ("review", "files", "plan", "compare")),
)
"""What web/src/app/router.tsx shows; all of it is one page."""
_COMPRESSION = 5
"""Of gzip: takes a third of the time of the highest level for one hundredth more bytes."""
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Routes:
    def __init__(self, nc: Client, settings: Settings, access: Access) -> None:
        self._nc = nc
        self._settings = settings
        self._access = access
        self._readying = Readying(nc, settings, Memory(nc))
        self._metrics = FleetMetrics(nc, settings)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                *(Route(path, self.page) for path in PAGES),
                Route("/healthz", self.healthz),
                Route("/readyz", self.readyz),
                Route("/version", self.version),
                Route("/metrics", self.metrics),
                Route("/openapi.json", self.document),
                Route("/asyncapi.json", self.document),
                *routes(endpoints(self._nc, self._settings), self._access),
                Mount("/assets", _Assets(directory=STATIC / "assets", check_dir=False)),
            ],
            middleware=[Middleware(GZipMiddleware, minimum_size=2_000, compresslevel=_COMPRESSION)],
            exception_handlers={HTTPException: _on_http, Exception: _on_error, MycoderError: _on_error},
        )

    async def page(self, request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        meta = f'<meta property="csp-nonce" nonce="{nonce}">'
        text = (STATIC / "index.html").read_text().replace("</head>", f"{meta}</head>", 1)
        # Never from a cache: the nonce in the page has to be the one in its headers.
        return HTMLResponse(
            text, headers={"Cache-Control": "no-store", "Content-Security-Policy": policy_of_page(nonce)}
        )

    async def document(self, request: Request) -> Response:
        return FileResponse(DOCUMENTS / request.url.path.removeprefix("/"))

    async def healthz(self, request: Request) -> Response:
        return json_reply({"status": "alive"})

    async def readyz(self, request: Request) -> Response:
        readiness = await self._readying.look()
        return json_reply(readiness, 200 if readiness.status == "ready" else 503)

    async def version(self, request: Request) -> Response:
        return json_reply({"name": "mycoderai", "version": version("mycoderai"), "schema": SCHEMA_VERSION})

    async def metrics(self, request: Request) -> Response:
        return Response(await self._metrics.text(), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


class _Assets(StaticFiles):
    """The build names its files after their content, so a browser may keep them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                extra = [(name.encode(), value.encode()) for name, value in _FOR_EVER.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await super().__call__(scope, receive, send_with_headers)


async def _on_error(request: Request, error: Exception) -> Response:
    problem = as_problem(error) or Problem(500, "bug", f"{type(error).__name__} in the gateway", "read its log")
    return problem_reply(problem, _accept(request))


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    message = f"nothing is served at {request.url.path[:200]}" if status == 404 else "that request is not understood"
    reply = problem_reply(Problem(status, code, message, "the page is at /"), _accept(request))
    if isinstance(error, HTTPException):
        reply.headers.update(error.headers or {})  # which methods there are
    return reply


def _accept(request: Request) -> str:
    """Answers of the API are never pages."""
    return "" if request.url.path.startswith(PREFIX) else request.headers.get("accept", "")
