"""What tests of replays and forks share: transcripts that play models, and the command line beside a fleet."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from fleet_support import RunningFleet

from mycoderai.schemas.ids import new_id

MYCODER = str(Path(sys.executable).parent / "mycoder")
ONE = ("orchestrator", "coder", "executor", "model")
TEAM = (*ONE, "planner")
Call = tuple[str, dict[str, Any]]
Turns = list[list[Call]]
SHOP = {
    "add.py": "def add(a, b):\n    return a - b\n",
    "limits.py": "# The least and the most.\nLEAST, MOST = 0, 0\n",
    "test_shop.py": (
        "from add import add\nimport limits\n\n"
        "def test_add():\n    assert add(2, 1) == 3\n\n"
        "def test_limits():\n    assert limits.LEAST < limits.MOST\n"
    ),
}
FAULTY = {
    "add.py": SHOP["add.py"],
    "test_add.py": "from add import add\n\ndef test_add():\n    assert add(2, 1) == 3\n",
}


def edit(path: str, old: str, new: str) -> Call:
    return "str_replace_editor", {"command": "str_replace", "path": path, "old_str": old, "new_str": new}


def bash(command: str) -> Call:
    return "bash", {"command": command}


def submit(summary: str = "done", **more: str) -> Call:
    return "submit", {"summary": summary, **more}


REPAIRED: Turns = [[("run_tests", {})], [edit("add.py", "a - b", "a + b")], [bash("python3 -m pytest -q")], [submit()]]


def transcript(folder: Path, **steps: Turns) -> Path:
    """A file that plays the model of each step named."""
    path = folder / f"{new_id()}.json"
    spelled = {
        step: [[{"name": name, "arguments": arguments} for name, arguments in turn] for turn in turns]
        for step, turns in steps.items()
    }
    path.write_text(json.dumps({"steps": spelled}))
    return path


async def mycoder(fleet: RunningFleet, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, JSON objects and complaints of a command that finds this fleet running."""
    home = {"HOME": str(fleet.settings.data.parent), "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        MYCODER,
        *arguments,
        "--json",
        "--data",
        str(fleet.settings.data),
        env=home,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, [json.loads(line) for line in out.splitlines()], err.decode()
