"""What a turn did, put so that two turns can be compared: the action without its accidents, the effect, the error.

Two turns with the same effect left the same files and learned the same thing, whatever words they used.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from mycoderai.schemas.chat import ToolCall
from mycoderai.schemas.events import StepSteered, StepTurn
from mycoderai.schemas.execution import ToolResult
from mycoderai.workers.core.summary import counts_in

SHOWN_HEAD = 600
SHOWN_TAIL = 1400
TESTS_TAIL = 4000
KEPT_CHARS = 4000
"""Longer arguments are read again each time rather than kept in memory."""
TELLING_CHARS = 20
"""A shorter result says little by itself: what was asked belongs to it."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One turn, as far as progress is concerned."""

    turn: int
    tree: str
    moved: bool
    """The files differ from those before the turn."""
    calls: tuple[str, ...] = ()
    """As the model wrote them."""
    actions: tuple[str, ...] = ()
    """Without whitespace, numbers and temporary names."""
    effect: str = ""
    error: str = ""
    """What the results have in common, when every one of them is an error."""
    failed: bool = False
    not_green: tuple[tuple[str, int], ...] = ()
    """Of each action that ran tests: how many were not green."""
    polls: bool = False
    """It waits for something that happens by itself."""
    heard: bool = False


def traces(turns: Sequence[StepTurn], steered: Sequence[StepSteered] = ()) -> tuple[Trace, ...]:
    """One trace for each turn, those included that were taken back."""
    trees = {turn.turn: turn.checkpoint.tree for turn in turns}
    back_to = {steer.turn: trees.get(steer.to_turn, "") for steer in steered if steer.action == "rewind"}
    found = []
    before = turns[0].checkpoint.tree if turns else ""
    for turn in turns:
        found.append(_trace(turn, back_to.get(turn.turn) or before))
        before = turn.checkpoint.tree
    return tuple(found)


def _trace(turn: StepTurn, tree_before: str) -> Trace:
    calls = turn.message.tool_calls[: len(turn.results)] if turn.results else turn.message.tool_calls
    actions = tuple(action(call.name, call.arguments) for call in calls)
    tree = turn.checkpoint.tree
    failed = bool(turn.results) and all(result.exit_code for result in turn.results)
    return Trace(
        turn=turn.turn,
        tree=tree,
        moved=tree != tree_before,
        calls=tuple(f"{call.name} {call.arguments}" for call in calls),
        actions=actions,
        effect="\x1f".join([tree, *_outcomes(actions, turn.results, only_tests=tree != tree_before)]),
        error=_last_line(turn.results[0].output) if failed else "",
        failed=failed,
        not_green=tuple(_measured(actions, turn.results)),
        polls=any(_WAITS.search(call.arguments) for call in calls if call.name == "bash"),
        heard=bool(turn.heard),
    )


def _outcomes(actions: Sequence[str], results: Sequence[ToolResult], *, only_tests: bool) -> list[str]:
    """only_tests: the effect is the change of the files; what an editor or git says about it is no news."""
    if only_tests and len(results) == 1:
        return [outcome(result) for result in results if tests_in(result)]
    outcomes = []
    for index, result in enumerate(results):
        asked = actions[index] if index < len(actions) and len(result.output) < TELLING_CHARS else ""
        waits = result.name == "bash" and index < len(actions) and _WAITS.search(actions[index])
        outcomes.append(f"{asked}={result.output if waits else outcome(result)}")
    return outcomes


def outcome(result: ToolResult) -> str:
    """What a result says, without what differs each time: durations, clock times, addresses, temporary names."""
    if (tests := tests_in(result)) is not None:
        return f"tests {tests[0]} {tests[1]} {' '.join(tests[2])}"
    return f"{result.exit_code} {_steady(_ends(result.output))}"


def tests_in(result: ToolResult) -> tuple[int, int, tuple[str, ...]] | None:
    """Of a result of tests: how many passed, how many are not green, and names of those; None for other results."""
    counts = (result.data or {}).get("counts")
    if isinstance(counts, dict):
        return _number(counts.get("passed")), _number(counts.get("not_green")), _names(result.data or {})
    return _tests_told(result.output[-TESTS_TAIL:])


@lru_cache(maxsize=1024)
def _tests_told(text: str) -> tuple[int, int, tuple[str, ...]] | None:
    found = counts_in(text)
    return None if found is None else (found.passed, found.not_green, tuple(sorted(set(_NOT_GREEN.findall(text)))))


def _measured(actions: Sequence[str], results: Sequence[ToolResult]) -> list[tuple[str, int]]:
    pairs = zip(actions, map(tests_in, results), strict=False)
    return [(asked, tests[1]) for asked, tests in pairs if tests is not None]


def _names(data: dict[str, Any]) -> tuple[str, ...]:
    listed = data.get("not_green")
    tests = listed if isinstance(listed, list) else []
    return tuple(sorted(str(test.get("id")) for test in tests if isinstance(test, dict)))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


_WAITS = re.compile(r"\b(sleep|wait|watch|tail -f)\b")
_NOT_GREEN = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_TEMPORARY = re.compile(r"(/tmp|/var/tmp|\$TMPDIR)/[\w./-]+|\btmp[\w]{4,}")
_HEX = re.compile(r"\b(?:0x[0-9a-f]+|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,})\b")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]?|\d\d:\d\d(:\d\d)?([.,]\d+)?Z?|\d+(\.\d+)? ?(seconds|secs?|ms|µs|s)\b")
_NUMBERS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")


def action(tool: str, arguments: str) -> str:
    """A call without its accidents: whitespace, numbers, line ranges, temporary names, the order of arguments."""
    return _action(tool, arguments) if len(arguments) < KEPT_CHARS else _action.__wrapped__(tool, arguments)


@lru_cache(maxsize=4096)
def _action(tool: str, arguments: str) -> str:
    try:
        decoded = msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        decoded = arguments
    if isinstance(decoded, dict):
        kept = {name: value for name, value in decoded.items() if name not in _ACCIDENTAL}
        decoded = " ".join(f"{name}={_text(kept[name])}" for name in sorted(kept))
    return f"{tool} {_plain(_ends(str(decoded)))}"


_ACCIDENTAL = frozenset({"view_range", "insert_line", "timeout_s"})


def _text(value: object) -> str:
    return " ".join(sorted(map(str, value))) if isinstance(value, list) else str(value)


def _plain(text: str) -> str:
    for pattern, stand_in in ((_TEMPORARY, "TMP"), (_HEX, "HEX"), (_NUMBERS, "N")):
        text = pattern.sub(stand_in, text)
    return _SPACE.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def _steady(text: str) -> str:
    for pattern, stand_in in ((_TEMPORARY, "TMP"), (_HEX, "HEX"), (_CLOCK, "TIME")):
        text = pattern.sub(stand_in, text)
    return _SPACE.sub(" ", text).strip()


def _ends(text: str) -> str:
    if len(text) <= SHOWN_HEAD + SHOWN_TAIL:
        return text
    return f"{text[:SHOWN_HEAD]}…{len(text)}…{text[-SHOWN_TAIL:]}"


def _last_line(text: str) -> str:
    lines = text[-SHOWN_TAIL:].strip().splitlines()
    return _plain(lines[-1]) if lines else ""


def shown(call: ToolCall, limit: int = 160) -> str:
    """A call as a person reads it, on one line."""
    try:
        arguments = msgspec.json.decode(call.arguments or "{}")
    except msgspec.DecodeError:
        arguments = call.arguments
    if isinstance(arguments, dict):
        arguments = " ".join(str(value) for value in arguments.values())
    text = _SPACE.sub(" ", f"{call.name} {arguments}").strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
