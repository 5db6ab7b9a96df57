"""What comparing a run with its replay came to, for a person or as JSON."""

import difflib
import shutil
from collections.abc import Iterator
from typing import Any

import msgspec

from mycoderai.gateway.cli.compare import Comparison, Difference
from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.text import block, clean

MOST_LINES = 20


def show_comparison(options: Options, run: str, replay: str, found: Comparison) -> ExitCode:
    if options.json:
        pair = {"kind": "comparison", "run": run, "replay": replay}
        options.emit(pair | {"identical": found.identical} | msgspec.to_builtins(found))
    elif found.difference is None:
        options.say(options.style(f"identical: {found.events} events", fg="green", bold=True))
    else:
        options.say(options.style(f"different after {found.events} identical events", fg="red", bold=True))
        for line in _side_by_side(found.difference):
            options.say(line)
    return ExitCode.OK if found.identical else ExitCode.FAILED


def _side_by_side(found: Difference) -> Iterator[str]:
    where = f"step {found.step}" if found.step else "the run"
    turn = f", turn {found.turn}" if found.turn else ""
    yield f"  {clean(where, 80)}{turn}, {found.event}" + (f": {clean(found.field, 80)}" if found.field else "")
    half = max(30, (shutil.get_terminal_size().columns - 7) // 2)
    yield f"  {'then':<{half}} │ now"
    for left, right in _differing(_lines(found.was, half), _lines(found.now, half)):
        yield f"  {left:<{half}} │ {right}"


def _differing(then: list[str], now: list[str]) -> list[tuple[str, str]]:
    """Lines beside each other, those that are equal only next to others that are not."""
    pairs: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [("…", "…")] if b - a > 1 else [(then[a], now[c])]
            continue
        for index in range(max(b - a, d - c)):
            left = then[a + index] if a + index < b else ""
            right = now[c + index] if c + index < d else ""
            pairs.append((left, right))
    return pairs[:MOST_LINES]


def _lines(value: Any, width: int) -> list[str]:
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value)).decode()
    return [
        line[start : start + width] for line in block(text).split("\n") for start in range(0, len(line) or 1, width)
    ]
