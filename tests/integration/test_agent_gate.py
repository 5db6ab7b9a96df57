"""Done means observed: what a model claims or tries counts for nothing against what the executor saw."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mycoderai.schemas.events import RunSubmitted, StepTurn
from mycoderai.schemas.failure import FailureCode

BUGGY = {
    "calc.py": "def total(items):\n    result = 0\n    for item in items:\n        result -= item\n    return result\n",
    "tests/test_calc.py": (
        "from calc import total\n\n"
        "def test_total():\n    assert total([1, 2]) == 3\n\n"
        "def test_empty():\n    assert total([]) == 0\n"
    ),
}
FIX = {"command": "str_replace", "path": "calc.py", "old_str": "-=", "new_str": "+="}
SUBMIT = ("submit", {"summary": "all tests pass"})
GIVE_UP = ("give_up", {"reason": "enough"})

Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def script(tmp_path: Path) -> Callable[[list[Calls | str]], str]:
    """A model that plays the turns given."""

    def write(turns: list[Calls | str]) -> str:
        path = tmp_path / "transcript.json"
        entries = [t if isinstance(t, str) else [{"name": n, "arguments": a} for n, a in t] for t in turns]
        path.write_text(json.dumps(entries))
        return f"scripted:{path}"

    return write


async def test_an_honest_fix_is_accepted_with_evidence_for_its_tree(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet()
    model = script([[("run_tests", {})], [("str_replace_editor", FIX)], [SUBMIT]])
    log = await fleet.submit(RunSubmitted(task="fix it", model=model), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", finished.failure
    assert finished.evidence
    assert finished.result
    assert (finished.evidence.tree, finished.evidence.commit) == (finished.result.tree, finished.result.commit)
    assert (finished.evidence.exit_code, finished.evidence.tests.passed) == (0, 2)
    assert finished.evidence.fixed == ("tests/test_calc.py::test_total",)
    assert finished.evidence.isolation.level == "bwrap"


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ([], "Nothing was changed"),
        ([("bash", {"command": "sed -i s/3/-3/ tests/test_calc.py"})], "tests/test_calc.py"),
        ([("bash", {"command": "rm tests/test_calc.py; echo >> calc.py"})], "tests/test_calc.py"),
        (
            [("bash", {"command": "printf 'collect_ignore_glob = [\"tests/*\"]' > conftest.py; echo >> calc.py"})],
            "conftest.py",
        ),
        ([("bash", {"command": "printf '[pytest]\\naddopts = --co' > pytest.ini"})], "pytest.ini"),
        ([("bash", {"command": "echo '# better now' >> calc.py"})], "do not pass"),
        ([("bash", {"command": "printf 'import os\\nos._exit(0)\\n' > calc.py"})], "no longer run"),
        ([("str_replace_editor", FIX), ("bash", {"command": "echo 'raise 1' >> calc.py"})], ""),
    ],
    ids=["nothing", "edit", "delete", "conftest", "config", "still red", "exit in the code", "edit after green"],
)
async def test_a_lying_model_is_refused(start_fleet, make_repo, script, work: Calls, reason: str) -> None:
    fleet = await start_fleet()
    model = script([work, [("bash", {"command": "echo 2 passed; true"})], [SUBMIT], [GIVE_UP]])
    log = await fleet.submit(RunSubmitted(task="fix it", model=model), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.status == "failed"
    submitted = [event for event in await fleet.events(log) if isinstance(event, StepTurn)][2]
    assert submitted.results[0].output.startswith("Refused: ")
    assert reason in submitted.results[0].output


async def test_answers_without_tool_calls_end_in_a_typed_failure(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet()
    model = script(["I am done.", "Really.", "Done!", "Done."])
    log = await fleet.submit(RunSubmitted(task="fix it", model=model), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code == FailureCode.MODEL_ERROR


async def test_malformed_and_unknown_tool_calls_get_an_answer(start_fleet, make_repo, script) -> None:
    fleet = await start_fleet()
    model = script([[("teleport", {}), ("bash", {}), ("run_tests", {"selection": 3})], [GIVE_UP]])
    log = await fleet.submit(RunSubmitted(task="fix it", model=model), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.message == "enough"
    turn = next(event for event in await fleet.events(log) if isinstance(event, StepTurn))
    assert [result.exit_code for result in turn.results] == [1, 1, 1]
    assert "Tools: bash" in turn.results[0].output


async def test_an_unknown_model_says_which_there_are(start_fleet, make_repo) -> None:
    fleet = await start_fleet()
    log = await fleet.submit(RunSubmitted(task="fix it", model="gpt-99"), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code == FailureCode.UNKNOWN_MODEL
    assert "offline/repair" in finished.failure.message
