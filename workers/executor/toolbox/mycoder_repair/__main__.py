"""`python -m mycoder_repair search --budget-s S [--cursor JSON] [--report FILE]`, run inside a repository."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from . import report, workspace
from .search import OutOfTime, Search
from .suite import SuiteResult

GRACE_S = 1.0
FOREIGN = re.compile(r"No module named '([\w.]+)'")
FIXTURE = re.compile(r"fixture '(\w+)' not found")
MISSING = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def main(argv: list[str] | None = None) -> int:
    args = _parse(argv)
    began = time.monotonic()
    answer = search(Path.cwd().resolve(), args.budget_s, json.loads(args.cursor) if args.cursor else None)
    answer["elapsed_s"] = round(time.monotonic() - began, 2)
    text = report.render(answer)
    if args.report:
        Path(args.report).write_text(text, encoding="utf-8")
    print(text)
    return 0


def search(root: Path, budget_s: float, cursor: dict[str, Any] | None) -> dict[str, Any]:
    """One slice of the search, as the JSON object described in the package."""
    with Search(root, time.monotonic() + budget_s) as engine:
        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, budget_s + GRACE_S)
        mark = ""
        try:
            baseline = engine.baseline()
            answer = _nothing_to_search(baseline, root)
            if answer is None:
                mark = report.fingerprint(baseline, root, workspace.editable(root, set(), []))
                if cursor and cursor.get("fingerprint") == mark:
                    engine.resume(cursor)
                answer = _outcome(engine, baseline, root)
        except OutOfTime:
            answer = {"status": "out_of_time", "reason": _out_of_time(engine)}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    base: dict[str, Any] = {"edits": [], "explanation": "", "reason": ""}
    cursor_now = {"fingerprint": mark, "path": engine.progress.path, "tried": engine.progress.tried}
    return {
        **base,
        **answer,
        "cursor": cursor_now,
        "tried": engine.progress.tried,
        "test_runs": engine.progress.test_runs,
        "suspects": report.suspects(engine.first_level),
    }


def _ring(_signum: int, _frame: FrameType | None) -> None:
    """Last resort: the search itself looks at the clock between candidates."""
    raise OutOfTime


def _outcome(engine: Search, baseline: SuiteResult, root: Path) -> dict[str, Any]:
    solution = engine.run(baseline)
    if solution is not None:
        return report.solved(engine, solution, root)
    level = engine.first_level
    if level is not None and not level.traced:
        reason = "The failing tests cannot be traced: the process they are imported in does not stay alive."
        return {"status": "exhausted", "reason": reason}
    if level is not None and not level.ranked:
        return {
            "status": "exhausted",
            "reason": "No code of this repository that may be edited runs in the failing tests.",
        }
    which = "all" if engine.complete else "the most promising"
    reason = (
        f"Tried {which} small edits of the code the failing tests run, {engine.progress.tried} in number, singly and "
        "the best in pairs; none makes every test pass. The task needs more than a small correction, or a test asks "
        "for something the others contradict."
    )
    return {"status": "exhausted", "reason": reason}


def _out_of_time(engine: Search) -> str:
    return f"The time ran out after {engine.progress.tried} candidate edits."


def _nothing_to_search(baseline: SuiteResult, root: Path) -> dict[str, Any] | None:
    if baseline.collect_errors:
        return _not_importable(baseline, root)
    if not baseline.outcomes:
        return {"status": "no_tests", "reason": "No tests were found, so nothing shows what is wrong."}
    if not baseline.failing:
        return {"status": "nothing_failing", "reason": f"All {len(baseline.outcomes)} tests pass already."}
    for nodeid in baseline.failing:
        fixture = FIXTURE.search(baseline.messages.get(nodeid, ""))
        if fixture:
            reason = f"{nodeid} asks for the fixture `{fixture.group(1)}`, which neither the tests nor a plugin define."
            return {"status": "exhausted", "reason": f"{reason} A plugin is missing; no edit of the code helps."}
    return None


def _not_importable(baseline: SuiteResult, root: Path) -> dict[str, Any] | None:
    """A reason to give up at once; None when an edit of the code may mend the import."""
    for path, message in baseline.collect_errors.items():
        foreign, missing = FOREIGN.search(message), MISSING.search(message)
        last = next((line for line in reversed(message.splitlines()) if line.startswith("E ")), message[-200:])
        said = last.lstrip("E ").strip()
        if foreign:
            reason = f"{path} cannot be imported: {said}. The package has to be installed or written first."
        elif missing:
            reason = f"{path} cannot be imported: {said}. `{missing.group(1)}` does not exist and has to be written."
        elif "SyntaxError" in message or "IndentationError" in message:
            reason = f"{path} cannot be imported, because a source file does not parse: {said}."
        else:
            continue
        return {"status": "not_importable", "reason": reason}
    return None


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mycoder_repair", description="Search a small edit that makes failing tests pass."
    )
    parser.add_argument("command", choices=["search"])
    parser.add_argument("--budget-s", type=float, required=True)
    parser.add_argument("--cursor")
    parser.add_argument("--report")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
