"""The main job through every layer: a failing suite becomes a commit, or an honest reason why not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.repository import fetch_branch
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.execution import Policy
from mycoderai.schemas.failure import FailureCode

POLICY = Policy(test_limit_s=3)
CORPUS = Path(__file__).parents[1] / "corpus"
FAULTY_UNITTEST = {
    "src/store/__init__.py": "",
    "src/store/stock.py": "def missing(wanted, have):\n    return [w for w in wanted if w in have]\n",
    "checks/test_stock.py": (
        "import unittest\n\nfrom store.stock import missing\n\n\n"
        "class Stock(unittest.TestCase):\n"
        "    def test_missing(self):\n        self.assertEqual(missing(['a', 'b'], ['a']), ['b'])\n\n"
        "    def test_nothing_wanted(self):\n        self.assertEqual(missing([], ['a']), [])\n"
    ),
}
LOUD = {
    "noise.py": "def volume(lines):\n    for line in lines:\n        print(line)\n    return len(lines) - 1\n",
    "test_noise.py": (
        "from noise import volume\n\n"
        "def test_loud():\n    assert volume(['x' * 1000] * 20_000) == 20_000\n\n"
        "def test_silent():\n    assert volume(['y']) == 1\n"
    ),
}
CRASHING = {
    # Through max and map every call takes some of C's stack, which ends in a segmentation fault.
    "deep.py": "import sys\nsys.setrecursionlimit(10**8)\n\ndef depth(n):\n    return max(map(depth, [n - 1])) + 1\n",
    "test_deep.py": (
        "from deep import depth\n\n"
        "def test_none():\n    assert depth(0) == 0\n\n"
        "def test_some():\n    assert depth(3) == 3\n"
    ),
}


def case(name: str) -> dict[str, str]:
    """A faulty program of the corpus, without what the solver must not see."""
    root = CORPUS / name
    files = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    inner = {str(path.relative_to(root)): path for path in files}
    return {
        name: path.read_text()
        for name, path in inner.items()
        if name != "case.toml" and not name.startswith("heldout/")
    }


@pytest.mark.parametrize(
    "files",
    [
        case("workdays_endless"),
        case("graphs_depth_base_case"),
        case("limiter_two_modules"),
        FAULTY_UNITTEST,
        LOUD,
        CRASHING,
    ],
    ids=["endless loop", "recursion", "two modules", "unittest in src layout", "prints a lot", "kills the interpreter"],
)
async def test_a_failing_suite_becomes_a_green_branch(
    start_fleet, make_repo: Callable[[dict[str, str]], Path], files: dict[str, str], tmp_path: Path
) -> None:
    fleet = await start_fleet()
    repo = make_repo(files)
    log = await fleet.submit(RunSubmitted(task="make the failing tests pass", policy=POLICY), repo)
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", finished.failure
    assert finished.evidence
    assert finished.result
    assert finished.result.bundle
    assert finished.evidence.tests.not_green == 0
    assert finished.evidence.fixed
    bundle = tmp_path / "result.bundle"
    await get_file(fleet.client, finished.result.bundle, bundle)
    assert await fetch_branch(repo, bundle, finished.branch, finished.result.commit) == "created"


async def test_the_command_a_person_names_is_the_one_that_decides(start_fleet, make_repo) -> None:
    fleet = await start_fleet()
    command = "python3 -m unittest discover -s checks -v"
    log = await fleet.submit(RunSubmitted(task="fix", test_command=command), make_repo(FAULTY_UNITTEST))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", finished.failure
    assert finished.evidence
    assert (finished.evidence.command, finished.evidence.tests.passed) == (command, 2)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.py": "x = 1\n"}, FailureCode.NO_TESTS),
        ({"test_a.py": "def test_a():\n    pass\n"}, FailureCode.NOTHING_FAILING),
        ({"test_a.py": "import nowhere_to_be_found\n"}, FailureCode.NOT_IMPORTABLE),
        (case("giveup_contradictory_tests"), FailureCode.BEYOND_MODEL),
    ],
    ids=["no tests", "nothing failing", "not importable", "contradictory"],
)
async def test_what_cannot_be_repaired_is_said_in_words(start_fleet, make_repo, files, code: FailureCode) -> None:
    fleet = await start_fleet()
    log = await fleet.submit(RunSubmitted(task="make the failing tests pass"), make_repo(files))
    finished = await fleet.finished(log)
    assert finished.status == "failed"
    assert finished.failure
    assert finished.failure.code == code, finished.failure
    assert len(finished.failure.message.split()) > 4
