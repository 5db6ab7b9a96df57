"""HTTP responses: structs as JSON, problems as JSON or as a page for a person, and the headers all of them carry."""

from html import escape

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Scope, Send

from mycoderai.gateway.problem import Problem

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_SHUT = "frame-ancestors 'none'; base-uri 'none'"
_OF_PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; {_SHUT}"
)
OF_ANSWERS = f"default-src 'none'; form-action 'none'; sandbox; {_SHUT}"
"""For what may hold what agents wrote: were a browser to show it as a page, nothing in it would run."""
_ANSWERS = ("/api/", "/socket.io/", "/metrics", "/healthz", "/readyz", "/version")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mycoder</title>
<h1>{title}</h1>
<p>{message}.</p>
<p>{fix}</p>
{form}"""
_FORM = """<form method="post" action="/sign-in">
<label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Sign in</button>
</form>
"""


def json_reply(value: object, status: int = 200) -> Response:
    """JSON with the structs' own field names."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")


def problem_reply(problem: Problem, accept: str = "") -> Response:
    reply = _problem_page(problem) if "text/html" in accept else json_reply({"error": problem.fields}, problem.status)
    if problem.retry_after_s:
        reply.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        reply.headers["WWW-Authenticate"] = 'Bearer realm="mycoder"'
    return reply


def _problem_page(problem: Problem) -> Response:
    title = "Not open to everybody" if problem.status in (401, 403) else "That did not work"
    message = problem.message[:1].upper() + problem.message[1:]
    fix = f"What helps: {escape(problem.fix)}." if problem.fix else ""
    form = _FORM if problem.status == 401 else ""
    page = _PAGE.format(title=title, message=escape(message), fix=fix, form=form)
    return HTMLResponse(page, problem.status, headers={"Cache-Control": "no-store"})


def policy_of_page(nonce: str = "") -> str:
    """Nothing but our own files; with a nonce, also style sheets that libraries put into the page and mark with it."""
    return _OF_PAGES.format(nonce=f" 'nonce-{nonce}'" if nonce else "")


def guarded(send: Send, scope: Scope) -> Send:
    """Sends every response with the headers that hold browsers back."""
    policy = OF_ANSWERS if scope["path"].startswith(_ANSWERS) else policy_of_page()
    ours = {"Content-Security-Policy": policy, **_HEADERS}

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=[*message.get("headers", ())])
            for name, value in ours.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return send_with_headers
