"""HTTP responses: structs as JSON, problems as JSON or as a page for a person."""

from html import escape

import msgspec
from starlette.responses import HTMLResponse, Response

from mycoderai.gateway.problem import Problem

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mycoder</title>
<h1>{title}</h1>
<p>{message}.</p>
<p>{fix}</p>
"""


def json_reply(value: object, status: int = 200) -> Response:
    """JSON with the structs' own field names."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")


def problem_reply(problem: Problem, accept: str = "") -> Response:
    if "text/html" not in accept:
        return json_reply({"error": problem.fields}, problem.status)
    title = "Not open to everybody" if problem.status in (401, 403) else "That did not work"
    message = problem.message[:1].upper() + problem.message[1:]
    fix = f"What helps: {escape(problem.fix)}." if problem.fix else ""
    page = _PAGE.format(title=title, message=escape(message), fix=fix)
    return HTMLResponse(page, problem.status, headers={"Cache-Control": "no-store"})
