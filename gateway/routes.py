"""Plain HTTP: the page, the API under /api/v1, and what a supervisor asks."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from mycoderai.broker.admission import why_closed
from mycoderai.broker.metrics_text import CONTENT_TYPE
from mycoderai.gateway.api.dispatch import route
from mycoderai.gateway.api.table import endpoints
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.metrics import FleetMetrics
from mycoderai.gateway.problem import Problem, as_problem
from mycoderai.gateway.replies import json_reply, problem_reply
from mycoderai.schemas.errors import MycoderError, NoRoom
from mycoderai.schemas.events import SCHEMA_VERSION
from mycoderai.schemas.memory import MemoryStats, Stats
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
READY_WITHIN_S = 2.0
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Routes:
    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = Memory(nc)
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
                *map(route, endpoints(self._nc, self._settings)),
                Mount("/assets", _Assets(directory=STATIC / "assets", check_dir=False)),
            ],
            middleware=[Middleware(GZipMiddleware, minimum_size=2_000)],
            exception_handlers={HTTPException: _on_http, Exception: _on_error, MycoderError: _on_error},
        )

    async def page(self, request: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers={**HEADERS, "Cache-Control": "no-cache"})

    async def document(self, request: Request) -> Response:
        return FileResponse(DOCUMENTS / request.url.path.removeprefix("/"), headers=HEADERS)

    async def healthz(self, request: Request) -> Response:
        return json_reply({"status": "alive"})

    async def readyz(self, request: Request) -> Response:
        """Whether runs can be handed in and shown now, and if not, what is missing."""
        checks = {
            "broker": self._check_broker(),
            "memory": await _check(self._ask_memory),
            "admission": await _check(self._ask_admission),
        }
        ready = all(check["ok"] for check in checks.values())
        return json_reply({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)

    async def version(self, request: Request) -> Response:
        return json_reply({"name": "mycoderai", "version": version("mycoderai"), "schema": SCHEMA_VERSION})

    async def metrics(self, request: Request) -> Response:
        return Response(await self._metrics.text(), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    def _check_broker(self) -> dict[str, Any]:
        connected = self._nc.is_connected
        return {"ok": connected, "detail": "connected" if connected else "no connection; trying again"}

    async def _ask_admission(self) -> str:
        if reason := await why_closed(self._nc):
            raise NoRoom(reason)
        return "new runs are accepted"

    async def _ask_memory(self) -> str:
        stats = await self._memory.ask(Stats(), MemoryStats, READY_WITHIN_S)
        return f"answers; {sum(stats.runs.values())} runs"


async def _check(check: Callable[[], Awaitable[str]]) -> dict[str, Any]:
    try:
        return {"ok": True, "detail": await check()}
    except Exception as err:
        if as_problem(err) is None:
            raise
        return {"ok": False, "detail": str(err)}


class _Assets(StaticFiles):
    """The build names its files after their content, so a browser may keep them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                extra = [(name.encode(), value.encode()) for name, value in {**HEADERS, **_FOR_EVER}.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await super().__call__(scope, receive, send_with_headers)


async def _on_error(request: Request, error: Exception) -> Response:
    problem = as_problem(error) or Problem(500, "bug", f"{type(error).__name__} in the gateway", "read its log")
    return problem_reply(problem, request.headers.get("accept", ""))


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    message = f"nothing is served at {request.url.path[:200]}" if status == 404 else "that request is not understood"
    return problem_reply(Problem(status, code, message, "the page is at /"), request.headers.get("accept", ""))
