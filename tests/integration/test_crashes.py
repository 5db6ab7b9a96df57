"""kill -9 of any process in the middle of a run: the run goes on where it was, and nothing happens twice."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from fleet_support import RunningFleet, git

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.repository import fetch_branch
from mycoderai.gateway.fleet_data import read_record
from mycoderai.schemas.events import ModelAnswered, RunFinished, RunPlanned, RunSubmitted, StepStarted, StepTurn

BUGGY = {
    "calc.py": "def total(items):\n    return -sum(items)\n",
    "tests/test_calc.py": "from calc import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "log.txt": "",
}
APPEND = ("bash", {"command": "echo once >> log.txt; sleep 1"})
FIX = ("str_replace_editor", {"command": "str_replace", "path": "calc.py", "old_str": "-sum", "new_str": "sum"})
TURNS = [[APPEND], [FIX], [APPEND], [("run_tests", {})], [("submit", {"summary": "fixed"})]]


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "transcript.json"
    path.write_text(json.dumps([[{"name": n, "arguments": a} for n, a in turn] for turn in TURNS]))
    return f"scripted:{path}"


@pytest.mark.parametrize(
    ("victim", "after_turn"),
    [(victim, 0) for victim in ("agents", "executor", "model", "orchestrator", "memory", "broker")]
    + [(victim, 2) for victim in ("agents", "executor", "broker")],
)
async def test_a_run_survives_kill_9_of(
    victim: str, after_turn: int, start_fleet, make_repo: Callable[[dict[str, str]], Path], model: str
) -> None:
    fleet = await start_fleet()
    repo = make_repo(BUGGY)
    log = await fleet.submit(RunSubmitted(task="fix it", model=model), repo)
    # The model has answered, so the turn's command is about to run or runs.
    await fleet.wait_for(log, ModelAnswered, count=after_turn + 1)
    os.kill(pid_of(fleet, victim), signal.SIGKILL)
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", finished.failure
    events = await fleet.events(log)
    assert sum(isinstance(event, RunPlanned) for event in events) == 1
    assert sum(isinstance(event, RunFinished) for event in events) == 1
    turns = [event for event in events if isinstance(event, StepTurn)]
    assert [turn.turn for turn in turns] == [1, 2, 3, 4, 5]
    answers = [event.call for event in events if isinstance(event, ModelAnswered)]
    assert len(answers) == len(set(answers)), "no model call was paid twice"
    assert await content_of(fleet, repo, finished, "log.txt") == "once\nonce\n", "each append is in the result once"
    if victim == "executor":
        assert any(result.repeated for turn in turns for result in turn.results)
    if victim == "agents":
        assert sum(isinstance(event, StepStarted) for event in events) == 2


def pid_of(fleet: RunningFleet, name: str) -> int:
    record = read_record(fleet.settings.data)
    assert record
    return record.processes["nats-server" if name == "broker" else name][0]


async def content_of(fleet: RunningFleet, repo: Path, finished: RunFinished, path: str) -> str:
    assert finished.result
    assert finished.result.bundle
    bundle = repo.parent / "result.bundle"
    await get_file(fleet.client, finished.result.bundle, bundle)
    await fetch_branch(repo, bundle, finished.branch, finished.result.commit)
    return git(repo, "show", f"{finished.branch}:{path}")
