"""A search with targets mends these and leaves other failing tests alone; groups say which belong together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mycoderai.workers.executor.toolbox.mycoder_repair.leave_out import is_named

TOOLBOX = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox"
FILES = {
    "sums.py": "def total(values):\n    return sum(values) + 1\n\n\ndef largest(values):\n    return min(values)\n",
    "test_sums.py": (
        "import pytest\nfrom sums import largest, total\n\n\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_total(n):\n    assert total([n]) == n\n\n\n"
        "def test_largest():\n    assert largest([1, 2]) == 2\n\n\n"
        "def test_one():\n    assert largest([3]) == 3\n"
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def toolbox(tree: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "mycoder_repair", arguments[0], "--budget-s", "60", *arguments[1:]]
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_only_the_targets_have_to_pass(tree: Path) -> None:
    answer = toolbox(tree, "search", "--targets", "test_sums.py::test_largest")
    assert answer["status"] == "solved", answer
    assert [edit["new_str"].strip() for edit in answer["edits"]] == ["return max(values)"]
    assert "none that passed fails" in answer["explanation"]


def test_targets_that_pass_already_need_no_edit(tree: Path) -> None:
    answer = toolbox(tree, "search", "--targets", "test_sums.py::test_one")
    assert (answer["status"], answer["tried"]) == ("nothing_failing", 0)


def test_failing_tests_fall_into_groups_instead_of_a_search(tree: Path) -> None:
    answer = toolbox(tree, "search", "--divide")
    assert answer["status"] == "groups"
    assert answer["groups"] == [
        ["test_sums.py::test_total[1]", "test_sums.py::test_total[2]"],
        ["test_sums.py::test_largest"],
    ]
    assert (answer["left_over"], answer["tried"]) == ([], 0)


def test_with_one_fault_there_is_nothing_to_divide_and_the_search_goes_on(tree: Path) -> None:
    (tree / "sums.py").write_text(FILES["sums.py"].replace("min(", "max("))
    answer = toolbox(tree, "search", "--divide")
    assert answer["status"] == "solved", answer
    group = ["test_sums.py::test_total[1]", "test_sums.py::test_total[2]"]
    assert toolbox(tree, "groups")["groups"] == [group]


def test_tests_that_start_programs_are_told_apart_by_nobody(tree: Path) -> None:
    program = (
        "import subprocess, sys\n\n\ndef test_program():\n"
        "    code = 'import sums; assert sums.total([1]) == 1'\n"
        "    assert subprocess.run([sys.executable, '-c', code]).returncode == 0\n"
    )
    (tree / "test_sums_program.py").write_text(program)
    totals, others = toolbox(tree, "groups")["groups"]
    assert totals[-1] == "test_sums_program.py::test_program", "named most like the first group"
    assert others == ["test_sums.py::test_largest"]


def test_a_target_names_a_test_its_cases_a_class_a_file_or_a_folder() -> None:
    test = "tests/test_a.py::TestA::test_x[1]"
    for name in (test, test[:-3], "tests/test_a.py::TestA", "tests/test_a.py", "tests", "tests/"):
        assert is_named(test, [name])
    for name in ("tests/test_a.py::TestA::test", "test", "tests/test_a", ""):
        assert not is_named(test, [name])
