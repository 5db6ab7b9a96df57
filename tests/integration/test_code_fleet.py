"""The code of a run that real agents and executors made: parallel repairs, their merge, and who wrote what."""

from typing import Any

from code_support import fetch
from fleet_support import RunningFleet, git
from gateway_support import gateway

from mycoderai.schemas.events import RunSubmitted

ROLES = ("orchestrator", "planner", "coder", "tester", "resolver", "executor", "model", "memory")
BUGS = {
    "shop/sums.py": "def total(prices):\n    return sum(prices) + 1\n",
    "shop/ages.py": "def is_adult(age):\n    return age > 18\n",
    "tests/test_sums.py": "from shop.sums import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "tests/test_ages.py": "from shop.ages import is_adult\n\n\ndef test_adult():\n    assert is_adult(18)\n\n\n"
    "def test_child():\n    assert not is_adult(17)\n",
}


async def test_every_checkpoint_of_a_real_run_can_be_looked_at(start_fleet: Any, make_repo: Any) -> None:
    fleet: RunningFleet = await start_fleet(ROLES)
    repo = make_repo(BUGS)
    log = await fleet.submit(RunSubmitted(task="make the failing tests pass", role="planner"), repo)
    finished = await fleet.finished(log)
    assert finished.result, await fleet.story(log)
    path = f"/runs/{log.run}"
    async with gateway(fleet.settings) as served:
        listed = (await fetch(served, f"{path}/checkpoints")).json
        names = [line["name"] for line in listed["checkpoints"]]
        assert {"base", "start:check", "step:fix-1", "step:fix-2", "step:check", "result"} <= set(names)
        for name in names:
            shown = await fetch(served, f"{path}/files", {"at": name})
            assert [entry["name"] for entry in shown.json["entries"]] == ["shop", "tests"], name

        patch = (await fetch(served, f"{path}/diff/patch")).body
        (repo.parent / "patch").write_bytes(patch)
        git(repo, "apply", "--index", str(repo.parent / "patch"))
        assert git(repo, "write-tree").strip() == finished.result.tree

        wrote = set()
        for file in ("shop/sums.py", "shop/ages.py"):
            ranges = (await fetch(served, f"{path}/files/blame", {"path": file})).json["ranges"]
            assert [(r["lines"], r["kind"]) for r in ranges] == [(1, "base"), (1, "turn")]
            wrote.add(ranges[1]["step"])
        assert wrote == {"fix-1", "fix-2"}, "not the step that merged them"
        output = (await fetch(served, f"{path}/steps/fix-1/output")).body.decode()
        assert "passed" in output
