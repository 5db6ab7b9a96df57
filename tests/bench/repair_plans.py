"""Repositories with several faults, each group of failing tests mended on its own copy and merged: a JSON line each.

    python tests/bench/repair_plans.py [--budget-s 300] [CASE ...]

What steps of a run do, without the fleet around them: `mycoder_repair groups`, a search with targets for each group
(two at a time), `git merge`, `mycoder_repair resolve` where that ends in conflicts, and a search for what is left.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from repair import CORPUS, TOOLBOX, apply_edits, environment, passes

PLANS = CORPUS / "plans"
IDENTITY = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
Answer = dict[str, Any]


def main() -> int:
    args = _parse()
    began = time.monotonic()
    rows = []
    for case in _cases(args.cases):
        rows.append(measure(case, args.budget_s))
        print(json.dumps(rows[-1]), flush=True)
    print(json.dumps({"summary": summarise(rows), "wall_s": round(time.monotonic() - began, 1)}))
    return 0 if all(row["as_expected"] for row in rows) else 1


def measure(case: Path, budget_s: float) -> Answer:
    about = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as folder:
        began = time.monotonic()
        run = PlannedRun(case, Path(folder), budget_s)
        run.carry_out()
        seconds = round(time.monotonic() - began, 2)
        green = passes(run.tree, [])
        shutil.copytree(case / "heldout", run.tree / "heldout")
        heldout = passes(run.tree, ["heldout"]) if green else None
    mended = sum(step["status"] == "solved" for step in run.steps)
    expected = mended == about["mended"] and not green if about["expect"] == "partial" else green and bool(heldout)
    return {
        "case": about["name"],
        "class": about["class"],
        "faults": about["faults"],
        "steps": len(run.steps),
        "mended": mended,
        "conflicts": run.conflicts,
        "together": run.together,
        "green": green,
        "heldout": heldout,
        "seconds": seconds,
        "tried": sum(step["tried"] for step in run.steps),
        "reasons": [step["reason"] for step in run.steps if step["reason"]],
        "as_expected": expected,
    }


class PlannedRun:
    """One repository: `tree` is where the results are merged."""

    def __init__(self, case: Path, folder: Path, budget_s: float) -> None:
        self.tree = folder / "tree"
        self.steps: list[Answer] = []
        self.conflicts = 0
        self.together = ""
        self._folder = folder
        self._budget_s = budget_s
        shutil.copytree(case, self.tree, ignore=shutil.ignore_patterns("heldout", "case.toml"))
        _git(self.tree, "init", "-q", "-b", "main")
        _commit(self.tree)

    def carry_out(self) -> None:
        found = toolbox(self.tree, "groups", self._budget_s)
        with ThreadPoolExecutor(2) as pool:
            self.steps = list(pool.map(self._fix, range(len(found["groups"])), found["groups"]))
        for number, step in enumerate(self.steps):
            if step["status"] == "solved":
                self._merge(f"fix-{number}")
        if all(step["status"] == "solved" for step in self.steps) and not passes(self.tree, []):
            self._mend_the_rest()

    def _fix(self, number: int, tests: Sequence[str]) -> Answer:
        copy = self._folder / f"fix-{number}"
        _git(self.tree, "worktree", "add", "-q", "-b", f"fix-{number}", str(copy))
        answer = toolbox(copy, "search", self._budget_s, "--targets", *tests)
        if answer["status"] == "solved":
            apply_edits(copy, answer["edits"])
            _commit(copy)
        return answer

    def _merge(self, branch: str) -> None:
        if _git(self.tree, "merge", "-q", "--no-edit", branch, check=False):
            self.conflicts += 1
            toolbox(self.tree, "resolve", self._budget_s)
            _commit(self.tree)

    def _mend_the_rest(self) -> None:
        answer = toolbox(self.tree, "search", self._budget_s)
        self.together = answer["status"]
        apply_edits(self.tree, answer["edits"])


def toolbox(tree: Path, verb: str, budget_s: float, *options: str) -> Answer:
    command = [sys.executable, "-m", "mycoder_repair", verb, "--budget-s", f"{budget_s:g}", *options]
    done = subprocess.run(command, cwd=tree, env=environment(TOOLBOX), capture_output=True, text=True, check=True)
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def summarise(rows: list[Answer]) -> Answer:
    return {
        "as_expected": f"{sum(row['as_expected'] for row in rows)} of {len(rows)}",
        "faults": sum(row["faults"] for row in rows),
        "max_s": max((row["seconds"] for row in rows), default=0.0),
    }


def _git(tree: Path, *arguments: str, check: bool = True) -> int:
    env = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=tree, env=env, capture_output=True, check=check
    ).returncode


def _commit(tree: Path) -> None:
    _git(tree, "add", "-A")
    _git(tree, "commit", "-q", "-m", "State")


def _cases(names: list[str]) -> Iterator[Path]:
    for file in sorted(PLANS.glob("*/case.toml")):
        if not names or file.parent.name in names:
            yield file.parent


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure repairs that are split into steps.")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--budget-s", type=float, default=300.0)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
