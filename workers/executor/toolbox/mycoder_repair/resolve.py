"""Rewrites files that hold conflict markers, with the tests as judge of who was right where."""

from __future__ import annotations

import ast
import shutil
import tempfile
import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

from . import workspace
from .conflicts import MOST, OURS, Conflict, parse, texts
from .suite import SuiteResult, run_suite

SUITE_LIMIT_S = 10.0
MAX_BYTES = 1_000_000
Texts = dict[str, str]
Badness = tuple[int, int, int]


def resolve(root: Path, budget_s: float) -> dict[str, Any]:
    """Writes the texts under which the fewest tests are red, and says which files these are."""
    ends = time.monotonic() + budget_s
    found = _conflicts(root)
    if not found:
        return {"status": "no_conflicts", "reason": "No file holds conflict markers."}
    best = _best(root, found, ends)
    if best is None:
        return {"status": "unresolved", "reason": "No choice between the two sides can be parsed."}
    badness, chosen = best
    for path, text in chosen.items():
        (root / path).write_bytes(_bytes(text))
    return {"status": "resolved", "files": sorted(chosen), "red": badness[-1]}


def _conflicts(root: Path) -> dict[str, list[str | Conflict]]:
    parts = {path: parse(_read(root / path)) for path in workspace.files(root)}
    return {path: found for path, found in parts.items() if len(found) > 1}


def _best(root: Path, found: dict[str, list[str | Conflict]], ends: float) -> tuple[Badness, Texts] | None:
    """The first choice that leaves nothing red, else the least bad one time allows."""
    best: tuple[Badness, Texts] | None = None
    for chosen in _choices(found):
        if best is not None and time.monotonic() > ends:
            break
        badness = _badness(_suite(root, chosen, ends - time.monotonic()))
        if best is None or badness < best[0]:
            best = badness, chosen
        if not any(badness):
            break
    return best


def _choices(found: dict[str, list[str | Conflict]]) -> Iterator[Texts]:
    for choice in islice(product(*(list(texts(parts)) for parts in found.values())), MOST):
        chosen = dict(zip(found, choice))
        if all(_parses(path, text) for path, text in chosen.items()):
            yield chosen


def _suite(root: Path, chosen: Texts, wall_s: float) -> SuiteResult:
    folder = Path(tempfile.mkdtemp(prefix="mycoder-merge-"))
    try:
        workspace.copy(root, folder)
        for path, text in chosen.items():
            (folder / path).write_bytes(_bytes(text))
        return run_suite(folder, SUITE_LIMIT_S, wall_s, impatient=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _badness(suite: SuiteResult) -> Badness:
    return len(suite.collect_errors), int(not suite.complete), len(suite.failing)


def _parses(path: str, text: str) -> bool:
    if not path.endswith(".py"):
        return True
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _read(path: Path) -> str:
    """Empty when there can be no conflict in it."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
        return ""
    data = path.read_bytes()
    return data.decode("utf-8", "surrogateescape") if OURS.encode() in data else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
