"""A short account of turns that are left out of a conversation: what was said, tried, changed and seen in them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.core.course.trace import action, shown, tests_in
from mycoderai.workers.core.course.visible import standing
from mycoderai.workers.core.toolcalls.changed import CHANGED, as_made

ACCOUNT_CHARS = 8000
PERSON_TOOL = "ask_human"
DENIED = "A person denied this call."
"""How the result of a call begins that somebody said no to."""
LINE_CHARS = 240
_SIZES = (40, 20, 10, 5, 3, 1, 0)
"""Entries of each kind, tried in this order until the account fits."""
_CHANGES = frozenset({"create", "str_replace", "insert", "undo_edit"})
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)


def account(
    turns: Sequence[StepTurn], steered: Sequence[StepSteered], to_turn: int, max_chars: int = ACCOUNT_CHARS
) -> str:
    """What happened up to `to_turn`, in at most `max_chars` beside what people said, which is there word by word."""
    told = [turn for turn in turns if turn.turn <= to_turn]
    counts = {turn.turn for turn in standing(told, steered)}
    opening = [f"Turns 1 to {to_turn} are left out here. What happened in them:", *sayings(told)]
    sections = [section for section in _sections(told, counts, steered, to_turn) if section[1]]
    for entries in _SIZES:
        lines = [line for title, found in sections for line in _section(title, found, entries)]
        if sum(len(line) + 1 for line in lines) <= max_chars:
            break
    return "\n".join([*opening, *lines])


def sayings(turns: Sequence[StepTurn]) -> list[str]:
    """What people said in these turns, word by word."""
    said = []
    for turn in turns:
        said += [f"{heard.by or 'A person'} said: {heard.text}" for heard in turn.heard]
        for call, result in _pairs(turn):
            if result.name == PERSON_TOOL:
                said.append(f"A person was asked ({shown(call)}) and said: {result.output}")
            elif result.exit_code and result.output.startswith(DENIED):
                said.append(f"{result.output} ({shown(call)})")
            elif result.arguments:
                said.append(f"{CHANGED} It was made as {shown(call)} instead.")
    return list(dict.fromkeys(said))


Section = tuple[str, list[str]]


def _sections(
    told: Sequence[StepTurn], counts: set[int], steered: Sequence[StepSteered], to_turn: int
) -> Iterator[Section]:
    kept = [turn for turn in told if turn.turn in counts]
    yield "Tests over time:", _tests(kept)
    yield "Not green when last looked at:", _not_green(kept)
    yield "Files changed:", _files(kept)
    yield "Calls, with their exit codes:", _calls(told, counts)
    yield "Errors that are still open:", _open_errors(kept)
    yield "Changes of course:", [_line(f"turn {s.turn}: {s.reason}") for s in steered if s.turn <= to_turn]
    yield "The last thought:", [turn.message.content[-2 * LINE_CHARS :] for turn in kept if turn.message.content][-1:]


def _section(title: str, found: list[str], entries: int) -> list[str]:
    left_out = len(found) - entries
    more = [f"- {left_out} earlier left out"] if left_out > 0 else []
    return [title, *more, *(f"- {line}" for line in found[max(left_out, 0) :])] if entries else []


def _tests(turns: Sequence[StepTurn]) -> list[str]:
    lines: list[str] = []
    last = None
    for turn in turns:
        for tests in filter(None, map(tests_in, turn.results)):
            if tests[:2] != last:
                lines.append(f"turn {turn.turn}: {tests[1]} not green, {tests[0]} passed")
            last = tests[:2]
    return lines


def _not_green(turns: Sequence[StepTurn]) -> list[str]:
    seen = [tests for turn in turns for tests in map(tests_in, turn.results) if tests]
    return [_line(name) for name in seen[-1][2]] if seen else []


def _files(turns: Sequence[StepTurn]) -> list[str]:
    where: dict[str, list[int]] = {}
    for turn in turns:
        for call, result in _pairs(turn):
            for path in _changed(call.name, _arguments(call)) if result.exit_code == 0 else ():
                numbers = where.pop(path, [])
                where[path] = [*numbers, turn.turn]
    return [_line(f"{path} ({_turns(numbers)})") for path, numbers in where.items()]


def _changed(tool: str, arguments: dict[str, Any]) -> list[str]:
    if tool == "str_replace_editor" and arguments.get("command") in _CHANGES:
        return [str(arguments.get("path", ""))]
    return _PATCHED.findall(str(arguments.get("patch", ""))) if tool == "apply_patch" else []


def _calls(turns: Sequence[StepTurn], counts: set[int]) -> list[str]:
    """Each call once, in the form it had last, the latest last."""
    runs: dict[str, tuple[str, list[str], list[int]]] = {}
    for turn in turns:
        for call, result in _pairs(turn):
            key = action(call.name, call.arguments)
            _, codes, numbers = runs.pop(key, ("", [], []))
            code = str(result.exit_code) if turn.turn in counts else f"{result.exit_code} (taken back)"
            runs[key] = (shown(call, LINE_CHARS // 2), [*codes, code], [*numbers, turn.turn])
    return [_line(f"{text} → {', '.join(codes[-5:])} ({_turns(numbers)})") for text, codes, numbers in runs.values()]


def _open_errors(turns: Sequence[StepTurn]) -> list[str]:
    """Of calls that failed the last time they were made."""
    last: dict[str, tuple[int, ToolResult]] = {}
    for turn in turns:
        for call, result in _pairs(turn):
            key = action(call.name, call.arguments)
            last.pop(key, None)
            last[key] = (turn.turn, result)
    return [_line(f"turn {turn}: {_end(result.output)}") for turn, result in last.values() if result.exit_code]


def _pairs(turn: StepTurn) -> list[tuple[ToolCall, ToolResult]]:
    """The calls as they were made, with their results."""
    made = zip(turn.message.tool_calls, turn.results, strict=False)
    return [(as_made(call, result), result) for call, result in made]


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        return msgspec.json.decode(call.arguments or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _end(text: str) -> str:
    return " ".join(text[-LINE_CHARS:].split())


def _turns(numbers: list[int]) -> str:
    return f"turn {numbers[0]}" if len(numbers) == 1 else f"turns {', '.join(map(str, numbers[-8:]))}"


def _line(text: str) -> str:
    return text if len(text) <= LINE_CHARS else text[: LINE_CHARS - 1] + "…"
