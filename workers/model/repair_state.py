"""How far `offline/repair` has come, read from the conversation alone."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from mycoderai.schemas.chat import Message, ToolCall

NOT_OVER = "It is not over yet"
"""A call that would have ended the step, but somebody has something to say: nothing was wrong with it."""


class Tests(msgspec.Struct, frozen=True, kw_only=True):
    """What `run_tests` said."""

    __test__ = False
    passed: int = 0
    total: int = 0
    not_green: int = 0
    red: tuple[str, ...] = ()
    """Ids of the tests that are not green; long lists come cut."""
    collect_errors: tuple[str, ...] = ()
    duration_s: float = 0.0

    @property
    def found(self) -> bool:
        return bool(self.total or self.collect_errors)

    @property
    def green(self) -> bool:
        return not self.not_green and not self.collect_errors

    @property
    def all_named(self) -> bool:
        return len(self.red) == self.not_green


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """The last line `python -m mycoder_repair search|groups` prints."""

    status: str
    edits: tuple[dict[str, str], ...] = ()
    """Arguments of `str_replace`: path, old_str, new_str."""
    title: str = ""
    explanation: str = ""
    reason: str = ""
    cursor: str = ""
    """JSON text that continues the search; empty when there is nothing to continue."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Failing tests that are about different faults."""
    left_over: tuple[str, ...] = ()


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """The last line `python -m mycoder_repair resolve` prints."""

    status: str
    files: tuple[str, ...] = ()
    reason: str = ""


class Progress(msgspec.Struct, kw_only=True):
    resolution: Resolution | None = None
    tests: Tests | None = None
    search: SearchResult | None = None
    plans_refused: int = 0
    edited: bool = False
    tests_after_edit: Tests | None = None
    refusals: int = 0
    refusal: str = ""
    """What the gate said last."""


def read_progress(messages: Sequence[Message]) -> Progress:
    progress = Progress()
    calls: dict[str, ToolCall] = {}
    for message in messages:
        calls |= {call.id: call for call in message.tool_calls}
        if message.role == "tool" and (call := calls.get(message.tool_call_id)):
            _advance(progress, call, message.content)
    return progress


def _advance(progress: Progress, call: ToolCall, output: str) -> None:
    if NOT_OVER in output and call.name in ("plan", "submit"):
        return
    match call.name:
        case "run_tests" if progress.edited:
            progress.tests_after_edit = _tests(output)
        case "run_tests":
            progress.tests = _tests(output)
        case "bash" if "mycoder_repair resolve" in call.arguments:
            progress.resolution = _resolution(output)
        case "bash":
            progress.search = _search_result(output)
        case "str_replace_editor":
            progress.edited = True
        case "plan":
            # One that is accepted ends the step, and with it the conversation.
            progress.plans_refused += 1
        case "submit":
            progress.refusals += 1
            progress.refusal = output


def _tests(output: str) -> Tests | None:
    found = _last_json(output, lambda text: "counts" in text)
    if found is None:
        return None
    counts = found["counts"]
    return Tests(
        passed=counts.get("passed", 0),
        total=counts.get("total", 0),
        not_green=counts.get("not_green", 0),
        red=tuple(test["id"] for test in found.get("not_green", ())),
        collect_errors=tuple(found.get("collect_errors", ())),
        duration_s=float(found.get("duration_s", 0.0)),
    )


def _search_result(output: str) -> SearchResult:
    found = _last_json(output, lambda text: "status" in text)
    if found is None:
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
        groups=tuple(tuple(group) for group in found.get("groups", ())),
        left_over=tuple(found.get("left_over", ())),
    )


def _resolution(output: str) -> Resolution:
    found = _last_json(output, lambda text: "status" in text) or {"status": "unresolved", "reason": output[-300:]}
    return Resolution(status=found["status"], files=tuple(found.get("files", ())), reason=found.get("reason", ""))


def _last_json(output: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    for line in reversed(output.strip().splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and wanted(found):
                return found
    return None
