"""What no edit can help, said before anything is searched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .suite import SuiteResult

FOREIGN = re.compile(r"No module named '([\w.]+)'")
FIXTURE = re.compile(r"fixture '(\w+)' not found")
MISSING = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def reason_not_to_search(baseline: SuiteResult, root: Path, about_targets: bool = False) -> dict[str, Any] | None:
    if baseline.collect_errors:
        return _not_importable(baseline, root)
    if not baseline.outcomes:
        return {"status": "no_tests", "reason": "No tests were found, so nothing shows what is wrong."}
    if not baseline.failing:
        which = "The tests that are to be mended" if about_targets else f"All {len(baseline.outcomes)} tests"
        return {"status": "nothing_failing", "reason": f"{which} pass already."}
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
