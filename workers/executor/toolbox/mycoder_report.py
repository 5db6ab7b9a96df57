"""The words and figures of a test report, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

STDOUT_BYTES = 16_000
OUTCOMES = ("passed", "failed", "error", "skipped", "timeout", "crashed")


def exit_code(counts: dict[str, int], errors: list[dict[str, str]], not_run: list[str]) -> int:
    """pytest's own codes: 0 passed, 1 failures, 2 could not collect or finish, 5 nothing to run."""
    if errors or not_run:
        return 2
    if counts["total"] == 0:
        return 5
    return 0 if counts["passed"] + counts["skipped"] == counts["total"] else 1


def summary(report: dict[str, Any]) -> str:
    counts = report["counts"]
    parts = [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome]]
    lines = [", ".join(parts) or "no tests ran"]
    bad = [test for test in report["tests"] if test["outcome"] not in ("passed", "skipped")]
    lines += [f"{test['outcome'].upper()} {test['id']}: {first(test['message'])}" for test in bad[:20]]
    lines += [f"CANNOT COLLECT {error['id']}: {last(error['message'])}" for error in report["collect_errors"][:10]]
    lines += [f"note: {note}" for note in report["notes"]]
    return "\n".join(lines)


def short_json(report: dict[str, Any]) -> str:
    text = json.dumps(report)
    if len(text) <= STDOUT_BYTES:
        return text
    bad = [test for test in report["tests"] if test["outcome"] not in ("passed", "skipped")]
    tests = [{**test, "message": test["message"][:200]} for test in bad[:30]]
    short = {**report, "tests": tests, "not_run": report["not_run"][:20], "truncated": True}
    short["collect_errors"] = [{**e, "message": e["message"][-400:]} for e in report["collect_errors"][:10]]
    return json.dumps(short)


def first(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]


def last(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:300]
