"""The main job through the real command line: a failing suite becomes a green branch."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.cli_support import CART, FAULTY, WITHIN_S, Mycoder, git, repository, to_the_end

TASK = "make the failing tests pass"


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


def test_a_failing_suite_becomes_a_green_branch(mycoder: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    before = git(repo, "status", "--porcelain", "--branch"), git(repo, "for-each-ref"), (repo / "cart.py").read_text()

    said = mycoder("run", TASK, "--repo", repo, "--json")

    assert said.code == 0, said.out + said.err
    kinds = [entry["kind"] for entry in said.objects]
    assert kinds[0] == "run.submitted"
    assert kinds[-2:] == ["run.finished", "result"]
    assert {"run.planned", "step.ready", "step.started", "step.turn", "evidence.recorded", "step.done"} <= set(kinds)
    run = said.result["run"]
    assert said.result["status"] == "succeeded"
    assert said.result["branch"] == f"mycoder/{run}"
    assert said.result["tests"] == said.result["evidence"]["tests"]
    assert (said.result["tests"]["passed"], said.result["tests"]["total"]) == (2, 2)
    assert said.result["evidence"]["exit_code"] == 0
    assert said.result["evidence"]["commit"] == said.result["commit"]
    assert said.result["turns"] > 0
    mycoder.assert_clean()
    after = git(repo, "status", "--porcelain", "--branch"), git(repo, "for-each-ref"), (repo / "cart.py").read_text()
    assert after == before, "nothing of the person's is touched by a run"

    pulled = mycoder("pull", run[:-2])
    assert pulled.code == 0, pulled.err
    assert f"git -C {repo} switch mycoder/{run}" in pulled.out
    assert git(repo, "rev-parse", f"mycoder/{run}") == said.result["commit"]
    assert git(repo, "rev-parse", f"mycoder/{run}^{{tree}}") == said.result["evidence"]["tree"]
    assert git(repo, "status", "--porcelain", "--branch") == before[0], "nor is the working tree by a pull"
    assert "is new" not in mycoder("pull", "latest").out, "pulling again changes nothing"

    diff = mycoder("diff", "latest")
    assert "-    return full - full * discount / 10\n+    return full - full * discount / 100\n" in diff.out
    subprocess.run(["git", "apply", "--check", "-"], input=diff.out, text=True, cwd=repo, check=True)

    listed = mycoder.caught_up("ls", "--json")
    assert [(row["run"], row["status"]) for row in listed.objects] == [(run, "succeeded")]
    shown = mycoder("show", run[:12], "--json")
    assert shown.result["evidence"] == said.result["evidence"]
    assert shown.result["steps"][0]["state"] == "done"
    assert mycoder("wait", "latest").code == 0
    assert "evidence.recorded" in [entry["kind"] for entry in mycoder("logs", "latest", "--json").objects]
    mycoder.assert_clean()


def test_a_run_on_a_running_fleet_uses_it_and_leaves_it(mycoder: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    with mycoder.up() as ready:
        assert ready["kind"] == "ready"
        assert ready["url"].startswith("nats://127.0.0.1:")
        accepted = mycoder("run", TASK, "--repo", repo, "--detach", "--json")
        assert accepted.code == 0, accepted.err
        assert accepted.result["kind"] == "accepted"
        run = accepted.result["run"]
        waited = mycoder("wait", run, "--timeout", str(WITHIN_S), "--json")
        assert waited.code == 0, waited.out + waited.err
        assert waited.result["run"] == run
        followed = mycoder("run", TASK, "--repo", repo)
        assert followed.code == 0, followed.out + followed.err
        assert "✓ succeeded" in followed.out
        assert "mycoder pull" in followed.out
        assert mycoder("cancel", run).out.strip() == f"{run} has ended already"
        assert len(mycoder.caught_up("ls", "--json", "--status", "succeeded").objects) == 2
        assert mycoder.caught_up("inbox").out == "Nothing waits for you.\n"
        busy = mycoder("up")
        assert busy.code == 1
        assert f"process {ready['pid']}" in busy.err
        assert mycoder("doctor", "--json").objects
    mycoder.assert_clean()


def test_two_runs_at_once_share_one_fleet(mycoder: Mycoder, tmp_path: Path) -> None:
    """The second leans on the fleet of the first, whichever that is; neither loses it under its feet."""
    repos = [repository(tmp_path / name, FAULTY) for name in ("one", "two")]
    processes = [mycoder.start("run", TASK, "--repo", repo, "--json") for repo in repos]
    for process in processes:
        out, err = to_the_end(process)
        assert process.returncode == 0, out + err
    mycoder.assert_clean()


def test_uncommitted_changes_are_left_out_unless_asked_for(mycoder: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    (repo / "cart.py").write_text(changed := CART.replace("full -", "full +"))
    with mycoder.up():
        without = mycoder("run", TASK, "--repo", repo)
        with_them = mycoder("run", TASK, "--repo", repo, "--dirty")
        assert "Uncommitted changes are left out (cart.py); --dirty includes them." in without.out
        assert "with your uncommitted changes" in with_them.out
        assert "-    return full + full * discount" in mycoder("diff", "latest").out
        assert mycoder("pull", "latest").code == 0
    assert (repo / "cart.py").read_text() == changed
    assert git(repo, "status", "--porcelain") == "M cart.py"
    branch = git(repo, "for-each-ref", "--format=%(refname)", "refs/heads/mycoder")
    assert git(repo, "log", "--format=%s", f"main..{branch}").splitlines()[-1] == "Working state"


def test_a_task_beyond_the_model_fails_with_a_reason(mycoder: Mycoder, tmp_path: Path) -> None:
    files = {
        "test_it.py": "def test_it():\n    import shop.checkout.engine\n    assert shop.checkout.engine.run() == 42\n"
    }
    said = mycoder("run", TASK, "--repo", repository(tmp_path / "shop", files))
    assert said.code == 1, said.out + said.err
    assert "✗ failed" in said.out
    assert "reason  " in said.out
    assert mycoder("pull", "latest").code == 1
    assert mycoder("wait", "latest").code == 1
    mycoder.assert_clean()


def test_the_demo_ends_green_and_removes_itself(mycoder: Mycoder) -> None:
    said = mycoder("demo")
    assert said.code == 0, said.out + said.err
    assert "✓ succeeded" in said.out
    assert "+        if len(self.calls) >= self.limit:" in said.out
    mycoder.assert_clean()
    assert not mycoder.data.exists(), "a demo leaves the person's own data directory alone"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
@pytest.mark.parametrize(("size", "used_kib"), [("64k", 0), ("256k", 0), ("64m", 63_000)], ids=["git", "fleet", "run"])
def test_a_demo_on_a_full_disk_says_so_and_where(mycoder: Mycoder, size: str, used_kib: int) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", mycoder.temporary])
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        (mycoder.temporary / "used").write_bytes(bytes(used_kib << 10))
        said = mycoder("demo")
        assert said.code == 1, said.out + said.err
        assert f"error: the disk of {mycoder.temporary}, where the demo works, is full\n" in said.err
        assert "set TMPDIR" in said.err
        assert [path.name for path in mycoder.temporary.iterdir()] == ["used"]
    finally:
        subprocess.run(["umount", "--lazy", mycoder.temporary], check=True)
