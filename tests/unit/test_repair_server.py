"""A server judges a candidate by its tests alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOLBOX = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox"
ASK = """
import json, sys
from pathlib import Path
from mycoder_repair.client import Server

role, limit_s, *ids = sys.argv[1:]
server = Server(role, Path.cwd(), [])
common = {"failing": ids, "whole_files": [], "ordered": False, "writes": False}
server.send({"op": "setup", "ids": ids, "limits": [float(limit_s)] * len(ids), **common})
answer = server.ask({"op": "evaluate", "changes": {}, "tests": list(range(len(ids))), "wall_s": 10.0})
server.stop()
print(json.dumps(answer))
"""


@pytest.mark.parametrize("role", ["warm", "cold"])
def test_what_pytest_does_after_the_last_test_is_not_held_against_it(role: str, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text("def test_first(): pass\ndef test_last(): pass\n")
    (tmp_path / "conftest.py").write_text(
        "import time\ndef pytest_sessionfinish():\n    while time.process_time() < 9: pass\n"
    )
    ids = ["test_it.py::test_first", "test_it.py::test_last"]
    command = [sys.executable, "-c", ASK, role, "0.05", *ids]
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert [json.loads(line)["outcome"] for line in answer["lines"]] == ["passed", "passed"]
    assert not answer["timed_out"]
