"""The model `offline/repair`: a deterministic program behind the same interface as any model.

It reads the conversation, sees how far it has come, and answers with the next tool call: run the tests, search for
an edit (`mycoder_repair`, which the sandbox's toolbox holds), apply it with the editor, run the tests, submit.
"""

import json
from collections.abc import Sequence
from typing import Any

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, ToolCall, Usage
from mycoderai.workers.model.repair_state import Progress, SearchResult, read_progress

NAME = "offline/repair"
SLICE_S = 240.0
"""A search is cut into slices, each a journaled turn: a crash loses one slice at most. Each slice has to find the
suspect lines anew, so a slice must be long beside one run of the suite."""
MARGIN_S = 5.0
"""Time kept back for applying an edit, beside two more runs of the suite."""
MIN_SLICE_S = 5.0


async def answer(request: ModelRequest) -> ModelAnswer:
    calls = _next(read_progress(request.messages), request.seconds_left)
    tool_calls = tuple(
        ToolCall(id=f"{request.call}-{index}", name=name, arguments=json.dumps(arguments))
        for index, (name, arguments) in enumerate(calls)
    )
    return ModelAnswer(message=Message(role="assistant", tool_calls=tool_calls), usage=Usage(cost_usd=0.0))


_Calls = Sequence[tuple[str, dict[str, Any]]]


def _next(progress: Progress, seconds_left: float) -> _Calls:
    if progress.tests is None:
        return [("run_tests", {})]
    if progress.search is None:
        return _after_first_tests(progress, _search_time(progress, seconds_left))
    if progress.submit_refused:
        return [_give_up("beyond_model", f"The edit found was not accepted. {progress.submit_refused}")]
    if not progress.edited:
        return _after_search(progress.search, _search_time(progress, seconds_left))
    if progress.tests_after_edit is None:
        return [("run_tests", {})]
    if progress.tests_after_edit["counts"]["not_green"]:
        return [_give_up("beyond_model", _NOT_CONFIRMED)]
    return [("submit", {"summary": f"{progress.search.title}\n\n{progress.search.explanation}".strip()})]


def _search_time(progress: Progress, seconds_left: float) -> float:
    suite_s = float((progress.tests or {}).get("duration_s", 0.0))
    return seconds_left - MARGIN_S - 2 * suite_s


def _after_first_tests(progress: Progress, search_s: float) -> _Calls:
    counts = (progress.tests or {})["counts"]
    if not counts["total"] and not (progress.tests or {}).get("collect_errors"):
        return [_give_up("no_tests", "No tests were found in the repository, so there is nothing to repair towards.")]
    if not counts["not_green"] and not (progress.tests or {}).get("collect_errors"):
        return [_give_up("nothing_failing", f"All {counts['passed']} tests pass already; there is nothing to repair.")]
    return [_search(search_s, "")]


def _after_search(search: SearchResult, search_s: float) -> _Calls:
    if search.status == "solved":
        return [("str_replace_editor", {"command": "str_replace", **edit}) for edit in search.edits]
    if search.status == "out_of_time" and search.cursor and search_s > MIN_SLICE_S:
        return [_search(search_s, search.cursor)]
    return [_give_up(_CODES.get(search.status, "beyond_model"), search.reason)]


def _search(search_s: float, cursor: str) -> tuple[str, dict[str, Any]]:
    budget_s = max(MIN_SLICE_S, min(SLICE_S, search_s))
    command = f"python3 -m mycoder_repair search --budget-s {budget_s:.0f}"
    if cursor:
        command += f" --cursor '{cursor}'"
    return "bash", {"command": command, "timeout_s": budget_s + 30}


def _give_up(code: str, reason: str) -> tuple[str, dict[str, Any]]:
    return "give_up", {"code": code, "reason": reason}


_CODES = {
    "exhausted": "beyond_model",
    "out_of_time": "out_of_time",
    "nothing_failing": "nothing_failing",
    "no_tests": "no_tests",
    "not_importable": "not_importable",
}
_NOT_CONFIRMED = "An edit that looked right in the search did not turn the whole suite green on a clean copy."
