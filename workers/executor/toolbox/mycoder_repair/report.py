"""The answer of a search as one JSON object of at most 20 kB, in words a person understands."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .edit import replacements
from .level import Level
from .search import Search, Solution
from .suite import SuiteResult

MAX_BYTES = 20_000
MAX_TITLE = 72


def solved(search: Search, solution: Solution, root: Path) -> dict[str, Any]:
    edits: list[dict[str, Any]] = []
    kinds = {c.path: c.kind for job in solution.changes for c in job}
    for path, after in sorted(solution.files.items()):
        before = (root / path).read_bytes()
        edits += [asdict(r) for r in replacements(path, before, after, kinds.get(path, "edit"))]
    for edit in edits:
        edit["old_str"], edit["new_str"] = edit.pop("old"), edit.pop("new")
    level = search.first_level or solution.level
    return {
        "status": "solved",
        "edits": edits,
        "title": title(solution),
        "explanation": explain(solution, level, search.targeted),
    }


def why_exhausted(search: Search, level: Level) -> str:
    if not level.traced:
        return "The failing tests cannot be traced: the process they are imported in does not stay alive."
    if not level.ranked:
        return "No code of this repository that may be edited runs in the failing tests."
    which = "all" if search.complete else "the most promising"
    wanted = "the tests in question" if search.targeted else "every test"
    return (
        f"Tried {which} small edits of the code the failing tests run, {search.progress.tried} in number, singly and "
        f"the best in pairs; none makes {wanted} pass. The task needs more than a small correction, or a test asks "
        "for something the others contradict."
    )


def title(solution: Solution) -> str:
    """The subject line of a commit: what was repaired."""
    places = dict.fromkeys(
        f"{c.function} in {c.path}" if c.function else c.path for job in solution.changes for c in job
    )
    text = f"Fix {' and '.join(places)}"
    return text if len(text) <= MAX_TITLE else f"Fix {len(places)} places in {len(solution.files)} files"


def explain(solution: Solution, level: Level, targeted: bool = False) -> str:
    """Why these lines were suspected, and what the edits do."""
    sentences = [_complaint(level)]
    for job in solution.changes:
        for candidate in job:
            place = f"line {candidate.line} of {candidate.path}"
            inside = f" (in `{candidate.function}`)" if candidate.function else ""
            sentences.append(
                f"{_suspicion(level, candidate.path, candidate.line, place + inside)} The edit {candidate.note}."
            )
    effect = "the tests in question pass, and none that passed fails," if targeted else "every test of the suite passes"
    sentences.append(f"With it {effect} in a fresh process.")
    return " ".join(sentences)


def _complaint(level: Level) -> str:
    if level.failing:
        first = level.failing[0]
        more = f" and {len(level.failing) - 1} more" if len(level.failing) > 1 else ""
        message = level.baseline.messages.get(first, "").splitlines()
        return f"{first}{more} failed: {message[0][:160] if message else level.baseline.outcomes[first]}."
    return f"{level.broken_files[0]} could not be imported."


def _suspicion(level: Level, path: str, line: int, place: str) -> str:
    targets = [level.profile.traces[n] for n in level.targets if n in level.profile.traces]
    bad = sum((path, line) in trace.lines for trace in targets)
    good = sum((path, line) in t.lines for n, t in level.profile.traces.items() if n not in set(level.targets))
    if not bad:
        return f"Suspected: {place}, which the failing code uses."
    crossed = any((path, line) == (p, n) for trace in targets for p, n, _ in trace.frames)
    reason = f"{bad} of {len(targets)} failing tests and {good} passing ones run it"
    return f"Suspected: {place}, because {reason}{' and the exception passed through it' if crossed else ''}."


def suspects(level: Level | None) -> list[dict[str, Any]]:
    if level is None:
        return []
    best = sorted(level.suspicion.items(), key=lambda item: (-item[1], item[0]))[:5]
    return [{"path": path, "line": line, "score": round(score, 3)} for (path, line), score in best]


def fingerprint(baseline: SuiteResult, root: Path, paths: list[str]) -> str:
    """Changes with the code and with what fails: a cursor is only good for the same search."""
    digest = hashlib.sha256(json.dumps(sorted(baseline.outcomes.items())).encode())
    for path in paths:
        digest.update(path.encode() + (root / path).read_bytes())
    return digest.hexdigest()[:16]


def render(report: dict[str, Any]) -> str:
    text = json.dumps(report)
    if len(text.encode()) <= MAX_BYTES:
        return text
    short = {**report, "explanation": report.get("explanation", "")[:500], "suspects": []}
    while len(json.dumps(short).encode()) > MAX_BYTES and any(len(group) > 1 for group in short.get("groups", ())):
        short["groups"] = [group[: max(1, len(group) // 2)] for group in short["groups"]]
        short["left_over"] = short["left_over"][: max(1, len(short["left_over"]) // 2)]
    return json.dumps(short)
