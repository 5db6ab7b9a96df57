"""The pytest plugin writes every event before the next one can go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TOOLBOX = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox"


def events(tree: Path, source: str, **settings: str) -> list[dict[str, Any]]:
    (tree / "pytest.ini").write_text("[pytest]\n")
    (tree / "test_it.py").write_text(source)
    report = tree / "events.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX), "MYCODER_REPORT": str(report), **settings}
    command = [sys.executable, "-m", "pytest", "-p", "mycoder_pytest", "-p", "no:hypothesispytest", "-q"]
    subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False)
    return [json.loads(line) for line in report.read_text().splitlines()]


def test_outcomes_are_written_as_they_happen(tmp_path: Path) -> None:
    found = events(tmp_path, "import os\ndef test_a(): pass\ndef test_b(): os._exit(1)\n")
    assert [(event["event"], event.get("id", "").split("::")[-1]) for event in found[-4:]] == [
        ("collected", ""),
        ("start", "test_a"),
        ("end", "test_a"),
        ("start", "test_b"),
    ]


def test_the_limit_reaches_set_up_and_passes_ordinary_handlers(tmp_path: Path) -> None:
    source = (
        "import time, pytest\n"
        "@pytest.fixture\ndef slow():\n    time.sleep(9)\n"
        "def test_fixture(slow): pass\n"
        "def test_handler():\n    try: time.sleep(9)\n    except Exception: pass\n"
        "def test_quick(): pass\n"
    )
    found = events(tmp_path, source, MYCODER_TEST_LIMIT_S="0.3")
    ended = {event["id"].split("::")[-1]: event["outcome"] for event in found if event["event"] == "end"}
    assert ended == {"test_fixture": "timeout", "test_handler": "timeout", "test_quick": "passed"}
    assert found[-1]["event"] == "exit"


def test_an_import_that_never_ends_is_a_collection_error(tmp_path: Path) -> None:
    found = events(tmp_path, "while True: pass\n", MYCODER_TEST_LIMIT_S="0.3")
    assert [event["id"] for event in found if event["event"] == "collect_error"] == ["test_it.py"]
