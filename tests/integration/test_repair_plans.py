"""Several bugs in one repository become parallel steps under `offline/repair`, and end in one green branch."""

from pathlib import Path

from fleet_support import RunningFleet, git

from mycoderai.schemas.events import RunSubmitted, StepDone, StepFailed, StepReady
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.subjects import Log
from tests.e2e.cli_support import Mycoder, repository

ROLES = ("orchestrator", "planner", "coder", "tester", "resolver", "executor", "model", "memory")
TASK = "make the failing tests pass"
THREE_BUGS = {
    "shop/sums.py": "def total(prices):\n    return sum(prices) + 1\n",
    "shop/names.py": "def initials(name):\n    return ''.join(part[1] for part in name.split())\n",
    "shop/ages.py": "def is_adult(age):\n    return age > 18\n",
    "tests/test_sums.py": "from shop.sums import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "tests/test_names.py": "from shop.names import initials\n\n\n"
    "def test_initials():\n    assert initials('Ada Lace') == 'AL'\n",
    "tests/test_ages.py": "from shop.ages import is_adult\n\n\ndef test_adult():\n    assert is_adult(18)\n\n\n"
    "def test_child():\n    assert not is_adult(17)\n",
}
NEIGHBOURS = {
    "parcel.py": "LETTER_MAX_G = 50\nBULKY_FROM_CM = 12\n\n\n"
    "def is_letter(grams):\n    return grams <= LETTER_MAX_G\n\n\ndef is_bulky(cm):\n    return cm >= BULKY_FROM_CM\n",
    "test_parcel.py": "from parcel import is_bulky, is_letter\n\n\n"
    "def test_letter():\n    assert is_letter(500) and not is_letter(501)\n\n\n"
    "def test_bulky():\n    assert is_bulky(120) and not is_bulky(119)\n",
}
ONE_BEYOND = {
    "sums.py": "def total(prices):\n    return sum(prices) + 1\n",
    "slugs.py": "def slug(title):\n    raise NotImplementedError\n",
    "test_all.py": "from sums import total\nfrom slugs import slug\n\n\n"
    "def test_total():\n    assert total([1, 2]) == 3\n\n\n"
    "def test_slug():\n    assert slug('Ünder Way!') == 'under-way'\n",
}


async def story(fleet: RunningFleet, log: Log) -> list[tuple[str, str]]:
    """Steps in the order in which they were made ready and ended."""
    kinds: dict[type, str] = {StepReady: "ready", StepDone: "done", StepFailed: "failed"}
    events = await fleet.recorded(log)
    return [(kinds[type(r.event)], r.subject.step) for r in events if type(r.event) in kinds]


async def test_three_bugs_become_parallel_steps_and_a_green_branch(start_fleet, make_repo) -> None:
    fleet = await start_fleet(ROLES)
    log = await fleet.submit(RunSubmitted(task=TASK, role="planner"), make_repo(THREE_BUGS))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert finished.evidence
    assert (finished.evidence.check, finished.evidence.tests.passed) == ("suite", 4)
    told = await story(fleet, log)
    assert told[:2] == [("ready", "plan"), ("done", "plan")]
    assert set(told[2:5]) == {("ready", "fix-1"), ("ready", "fix-2"), ("ready", "fix-3")}, "all before one is done"
    assert told[-2:] == [("ready", "check"), ("done", "check")]


async def test_neighbouring_edits_that_do_not_merge_are_resolved(start_fleet, make_repo) -> None:
    fleet = await start_fleet(ROLES)
    log = await fleet.submit(RunSubmitted(task=TASK), make_repo(NEIGHBOURS))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    told = await story(fleet, log)
    assert ("failed", "together") in told
    assert ("done", "resolve-together") in told


async def test_a_bug_beyond_the_model_fails_its_own_step_and_the_run_says_why(start_fleet, make_repo) -> None:
    fleet = await start_fleet(ROLES)
    log = await fleet.submit(RunSubmitted(task=TASK, max_parallel=1), make_repo(ONE_BEYOND))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code is FailureCode.BEYOND_MODEL, finished.failure
    assert {("done", "fix-1"), ("failed", "fix-2")} <= set(await story(fleet, log))


def test_the_command_line_does_the_same_without_being_told_to_plan(tmp_path: Path) -> None:
    mycoder = Mycoder(tmp_path / "home")
    repo = repository(tmp_path / "shop", THREE_BUGS)
    said = mycoder("run", TASK, "--repo", repo, "--json")
    assert said.code == 0, said.out[-3000:] + said.err
    done = [entry["step"] for entry in said.objects if entry["kind"] == "step.done"]
    assert (done[0], sorted(done[1:-1]), done[-1]) == ("main", ["fix-1", "fix-2", "fix-3"], "together")
    assert said.result["tests"]["passed"] == said.result["tests"]["total"] == 4
    assert mycoder("pull", said.result["run"]).code == 0
    changed = git(repo, "diff", "--name-only", "HEAD", said.result["branch"])
    assert changed.split() == ["shop/ages.py", "shop/names.py", "shop/sums.py"]
