"""The OpenAPI document of the HTTP API, and docs/http.md, from the table of endpoints."""

import json
import re
from importlib.metadata import version
from typing import Any

from docs_schema import components
from docs_source import field_doc, table

from mycoderai.gateway.api.dispatch import PREFIX
from mycoderai.gateway.api.endpoint import Endpoint
from mycoderai.gateway.api.table import described
from mycoderai.schemas.web.health import Readiness
from mycoderai.schemas.web.problem import ProblemReply

ALWAYS = (400, 401, 403, 429, 500, 503)
DONE = {
    200: "Done, or done before.",
    201: "Made.",
    202: "Stored, and not carried out yet.",
    206: "A part of it.",
}
MEANINGS = {
    400: "Not understood.",
    401: "A token is needed.",
    403: "Not allowed: the role, the host name or the origin.",
    404: "There is no such thing.",
    406: "Not available in that form.",
    409: "It is not like that any more; the message says how it is.",
    413: "Too large.",
    415: "Not that kind of content.",
    416: "There is no such range.",
    422: "Understood, but it can't be carried out.",
    429: "Too often; `Retry-After` says when again.",
    500: "A bug. The gateway's log has more.",
    503: "The fleet, or a part of it, does not answer just now.",
}
TOKEN = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
NUMBER = {"type": "integer", "minimum": 0}
PATH_PARAMETERS = {"run": TOKEN, "step": TOKEN, "letter": NUMBER, "seq": NUMBER}


def document() -> str:
    endpoints = described()
    types = [type_ for one in endpoints for type_ in (one.query, one.body, *one.replies) if type_ is not None]
    schemas, named = components([*types, ProblemReply, Readiness])
    schema_of = dict(zip(map(id, types), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {"/readyz": {"get": _readyz()}}
    for one in endpoints:
        operation = _operation(one, schema_of, named)
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = operation
    return _json(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "MyCoderAI",
                "version": version("mycoderai"),
                "summary": "Submit, watch, steer and review runs of the fleet.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": dict(sorted(named.items())),
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}, {}],
        }
    )


def page() -> str:
    rows = [[f"`{one.method}`", f"`{one.path}`", one.role, one.summary] for one in described()]
    return "\n".join(
        [
            "# HTTP API\n",
            "Everything is under `/api/v1` and in JSON with the structs' own field names; `/openapi.json` has every "
            'field. What went wrong is answered as `{"error": {"code", "message", "fix"}}`. Commands carry an '
            "`id` that the client makes: sent again with the same id, a command is answered again and carried out "
            "once.\n",
            table(["", "Path", "Role", ""], rows),
        ]
    )


def _operation(one: Endpoint, schema_of: dict[int, Any], named: dict[str, Any]) -> dict[str, Any]:
    replies = [schema_of[id(type_)] for type_ in one.replies]
    content = {one.media: {"schema": replies[0] if len(replies) == 1 else {"anyOf": replies}} if replies else {}}
    answers = {str(status): {"description": DONE[status], "content": content} for status in (one.status, *one.also)}
    for status in sorted({*ALWAYS, *one.problems}):
        answers[str(status)] = {
            "description": MEANINGS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemReply"}}},
        }
    operation: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": f"Needs the role {one.role}.",
        "tags": [one.path.split("/")[1]],
        "responses": answers,
    }
    if parameters := [*_path_parameters(one), *_query_parameters(one, named)]:
        operation["parameters"] = parameters
    if one.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of[id(one.body)]}},
        }
    elif one.takes:
        operation["requestBody"] = {"required": True, "content": {one.takes: {}}}
    return operation


def _path_parameters(one: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS.get(name, {"type": "string"})}
        for name in re.findall(r"{(\w+)(?::\w+)?}", one.path)
    ]


def _query_parameters(one: Endpoint, named: dict[str, Any]) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = named[one.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field_doc(one.query, name),
            "schema": {key: value for key, value in field.items() if key != "description"},
        }
        for name, field in schema["properties"].items()
    ]


def _readyz() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
    return {
        "operationId": "readyz",
        "summary": "Whether runs can be handed in and shown now, check by check",
        "security": [],
        "responses": {
            "200": {"description": "Ready.", "content": content},
            "503": {"description": "Not ready.", "content": content},
        },
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
