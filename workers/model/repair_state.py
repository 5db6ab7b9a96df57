"""How far `offline/repair` has come, read from the conversation alone."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from mycoderai.schemas.chat import Message, ToolCall


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """The last line `python -m mycoder_repair search` prints."""

    status: str
    edits: tuple[dict[str, str], ...] = ()
    """Arguments of `str_replace`: path, old_str, new_str."""
    title: str = ""
    explanation: str = ""
    reason: str = ""
    cursor: str = ""
    """JSON text that continues the search; empty when there is nothing to continue."""


class Progress(msgspec.Struct, kw_only=True):
    tests: dict[str, Any] | None = None
    search: SearchResult | None = None
    edited: bool = False
    tests_after_edit: dict[str, Any] | None = None
    submit_refused: str = ""


def read_progress(messages: Sequence[Message]) -> Progress:
    progress = Progress()
    calls: dict[str, ToolCall] = {}
    for message in messages:
        calls |= {call.id: call for call in message.tool_calls}
        if message.role == "tool" and (call := calls.get(message.tool_call_id)):
            _advance(progress, call, message.content)
    return progress


def _advance(progress: Progress, call: ToolCall, output: str) -> None:
    match call.name:
        case "run_tests" if progress.edited:
            progress.tests_after_edit = _last_json(output)
        case "run_tests":
            progress.tests = _last_json(output)
        case "bash":
            progress.search = _search_result(output)
        case "str_replace_editor":
            progress.edited = True
        case "submit":
            progress.submit_refused = output


def _search_result(output: str) -> SearchResult:
    found = _last_json(output)
    if found is None or "status" not in found:
        tail = output.strip()[-300:]
        return SearchResult(status="exhausted", reason=f"The search for an edit ended without a result: {tail}")
    edits = tuple({key: edit[key] for key in ("path", "old_str", "new_str")} for edit in found.get("edits", ()))
    cursor = found.get("cursor")
    return SearchResult(
        status=found["status"],
        edits=edits,
        title=found.get("title", ""),
        explanation=found.get("explanation", ""),
        reason=found.get("reason", ""),
        cursor=json.dumps(cursor, separators=(",", ":")) if cursor else "",
    )


def _last_json(output: str) -> dict[str, Any] | None:
    for line in reversed(output.strip().splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return None
