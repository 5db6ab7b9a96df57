"""The test runner of the sandbox ends with one report, whatever the tests do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOOLBOX = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox"


def run(tree: Path, *args: str) -> dict[str, Any]:
    """The report file of a run in that folder."""
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX)}
    report = tree / "report.json"
    command = [sys.executable, "-m", "mycoder_tests", "--report", str(report), *args]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    result: dict[str, Any] = json.loads(report.read_text())
    assert json.loads(done.stdout.splitlines()[-1])["counts"] == result["counts"]
    assert done.returncode == result["exit_code"]
    return result


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {test["id"].split("::")[-1]: test["outcome"] for test in report["tests"]}


def test_a_crash_and_hangs_cost_only_their_own_test(tree: Path) -> None:
    """A killed interpreter takes no other outcome along, not even through a bare except."""
    (tree / "test_it.py").write_text(
        "import os\n"
        "def test_before(): pass\n"
        "def test_exits(): os._exit(3)\n"
        "def test_loops():\n    while True: pass\n"
        "def test_swallows():\n    while True:\n        try:\n            while True: pass\n        except: pass\n"
        "def test_after(): assert 1 == 2\n"
    )
    report = run(tree, "--limit-s", "0.5")
    assert outcomes(report) == {
        "test_before": "passed",
        "test_exits": "crashed",
        "test_loops": "timeout",
        "test_swallows": "timeout",
        "test_after": "failed",
    }
    assert report["exit_code"] == 1
    assert "assert 1 == 2" in report["tests"][-1]["message"]


def test_unittest_and_all_usual_file_names_are_found(tree: Path) -> None:
    (tree / "test_a.py").write_text("import pytest\n@pytest.mark.parametrize('x', ['é', 'b c'])\ndef test_p(x): pass\n")
    (tree / "b_test.py").write_text("import pytest\ndef test_s(): pytest.skip('why')\n")
    (tree / "tests.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_u(self): self.assertEqual(1, 1)\n"
    )
    report = run(tree)
    assert report["counts"]["passed"] == 3
    assert report["counts"]["skipped"] == 1
    assert report["exit_code"] == 0


def test_no_tests_is_code_five(tree: Path) -> None:
    report = run(tree)
    assert (report["exit_code"], report["counts"]["total"]) == (5, 0)


def test_a_file_that_cannot_be_imported_is_reported(tree: Path) -> None:
    (tree / "test_bad.py").write_text("import no_such_module\n")
    (tree / "test_good.py").write_text("def test_ok(): pass\n")
    report = run(tree)
    assert report["exit_code"] == 2
    assert [error["id"] for error in report["collect_errors"]] == ["test_bad.py"]
    assert "no_such_module" in report["collect_errors"][0]["message"]


def test_missing_plugins_in_addopts_do_not_stop_the_run(tree: Path) -> None:
    (tree / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option=1\n")
    (tree / "test_ok.py").write_text("def test_ok(): pass\n")
    report = run(tree)
    assert report["counts"]["passed"] == 1
    assert "no-such-option" in report["notes"][0]


def test_selection_by_file_class_and_id(tree: Path) -> None:
    (tree / "test_a.py").write_text(
        "class TestA:\n    def test_1(self): pass\n    def test_2(self): pass\ndef test_3(): pass\n"
    )
    (tree / "test_b.py").write_text("def test_4(): pass\n")
    assert set(outcomes(run(tree, "--select", "test_a.py::TestA"))) == {"test_1", "test_2"}
    assert set(outcomes(run(tree, "--select", "test_b.py", "test_a.py::test_3"))) == {"test_3", "test_4"}


def test_the_source_folder_is_importable(tree: Path) -> None:
    (tree / "src" / "pkg").mkdir(parents=True)
    (tree / "src" / "pkg" / "__init__.py").write_text("X = 1\n")
    (tree / "test_x.py").write_text("from pkg import X\ndef test_x(): assert X == 1\n")
    assert run(tree)["exit_code"] == 0
    assert not list(tree.rglob("*.pyc"))


def test_wall_time_ends_the_run_with_a_report(tree: Path) -> None:
    """The test that was running has not been judged."""
    (tree / "test_slow.py").write_text("import time\ndef test_1(): time.sleep(90)\ndef test_2(): pass\n")
    reports = (run(tree, "--wall-s", wall_s, "--limit-s", "80") for wall_s in ("2", "10", "40"))
    report = next(report for report in reports if report["not_run"])
    assert report["exit_code"] == 2
    assert report["not_run"] == ["test_slow.py::test_1", "test_slow.py::test_2"]
    assert report["notes"] == ["the suite ran out of its wall time while test_slow.py::test_1 was running"]
