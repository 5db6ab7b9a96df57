"""The engine on a few programs of the corpus, as a user of the sandbox runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLBOX = ROOT / "workers" / "executor" / "toolbox"
CORPUS = ROOT / "tests" / "corpus"


def search(tree: Path, *args: str, budget_s: str = "100") -> dict[str, Any]:
    command = [sys.executable, "-m", "mycoder_repair", "search", "--budget-s", budget_s, *args]
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    line = done.stdout.splitlines()[-1]
    assert len(line.encode()) <= 20_000
    answer: dict[str, Any] = json.loads(line)
    return answer


def case(name: str, tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    shutil.copytree(CORPUS / name, tree, ignore=shutil.ignore_patterns("heldout", "case.toml"))
    return tree


def snapshot(tree: Path) -> dict[str, bytes]:
    return {str(p.relative_to(tree)): p.read_bytes() for p in sorted(tree.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("name", ["shipping_boundary", "jobs_await", "invoice_shared_items", "logreport_import"])
def test_a_small_fault_is_mended_and_the_tree_left_alone(name: str, tmp_path: Path) -> None:
    tree = case(name, tmp_path)
    before = snapshot(tree)
    answer = search(tree)
    assert answer["status"] == "solved"
    assert snapshot(tree) == before
    assert answer["suspects"]
    for edit in answer["edits"]:
        text = (tree / edit["path"]).read_text()
        assert text.count(edit["old_str"]) == 1
        (tree / edit["path"]).write_text(text.replace(edit["old_str"], edit["new_str"]))
    assert search(tree)["status"] == "nothing_failing"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("giveup_missing_package", "not_importable"),
        ("giveup_no_tests", "no_tests"),
        ("giveup_syntax_ruin", "not_importable"),
    ],
)
def test_what_cannot_be_searched_is_said_at_once(name: str, status: str, tmp_path: Path) -> None:
    answer = search(case(name, tmp_path))
    assert answer["status"] == status
    assert len(answer["reason"]) > 20
    assert answer["tried"] == 0


def test_a_budget_is_kept_and_the_cursor_goes_on(tmp_path: Path) -> None:
    tree = case("giveup_contradictory_tests", tmp_path)
    first = search(tree, budget_s="1.5")
    assert first["status"] == "out_of_time", "all of it takes more than twice as long on any host"
    rest = search(tree, "--cursor", json.dumps(first["cursor"]))
    assert rest["status"] == "exhausted"
    assert rest["tried"] > first["tried"]


def test_a_suite_that_the_end_of_the_time_cuts_off_says_nothing(tmp_path: Path) -> None:
    """Not even that what had run by then is all that there is."""
    (tmp_path / "test_slow.py").write_text("import time\ndef test_a(): pass\ndef test_b(): time.sleep(30)\n")
    assert search(tmp_path, budget_s="2")["status"] == "out_of_time"
