"""The way back: a branch appears in the user's repository and nothing else changes."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from mycoderai.broker.repository import RepositoryError, diff, fetch_branch, pack
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.workspace import Workspace

BRANCH = "mycoder/r1"


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for number in range(6):
        commit(folder, a=f"{number}\n", b="b\n")
    return folder


class Fleet:
    """Works on a packed repository and hands back bundles."""

    def __init__(self, workspace: Workspace, base: str | None) -> None:
        self.workspace = workspace
        self.base = base
        self.commit = workspace.repository.header.commit

    @classmethod
    async def start(cls, repo: Path, folder: Path, *, dirty: bool = False, depth: int = 3) -> "Fleet":
        packed = await pack(repo, dirty=dirty, depth=depth, out=folder / "packed")
        repository = await RunRepository.open(folder / "run.git", packed.file, run="r1")
        return cls(await Workspace.create(repository, folder / "ws", packed.commit), packed.base_commit)

    async def work(self, **files: str) -> Path:
        for name, text in files.items():
            (self.workspace.path / name).write_text(text)
        tree = await self.workspace.snapshot()
        self.commit = await self.workspace.commit(tree, self.commit, "Work", {"Run": "r1"}, at_s=1_700_000_000)
        return await self.workspace.repository.bundle(self.commit, self.base)


def untouched(repo: Path) -> dict[str, str]:
    """Work tree, index, HEAD, configuration and refs other than the branch."""
    files = [path for path in repo.rglob("*") if path.is_file() and ".git/objects" not in str(path)]
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if "mycoder" not in str(path.relative_to(repo))
    }


@pytest.mark.parametrize("dirty", [False, True])
async def test_the_branch_comes_back_and_nothing_else_changes(repo: Path, tmp_path: Path, dirty: bool) -> None:
    (repo / "b").write_text("uncommitted\n")
    fleet = await Fleet.start(repo, tmp_path, dirty=dirty)
    bundle = await fleet.work(a="done\n", new="x\n")
    before = untouched(repo)
    assert await fetch_branch(repo, bundle, BRANCH, fleet.commit) == "created"
    assert untouched(repo) == before
    assert git(repo, "fsck", "--strict", "--connectivity-only") == ""
    assert git(repo, "show", f"{BRANCH}:a") == "done"
    assert git(repo, "show", f"{BRANCH}:b") == ("uncommitted" if dirty else "b")
    assert git(repo, "merge-base", BRANCH, "main") == git(repo, "rev-parse", "main")
    assert git(repo, "log", "-1", "--format=%an %at %(trailers:key=Run,valueonly)", BRANCH) == "MyCoderAI 1700000000 r1"


async def test_pulling_again_changes_nothing_and_later_work_moves_it(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    first = await fleet.work(a="1")
    one = fleet.commit
    assert await fetch_branch(repo, first, BRANCH, one) == "created"
    assert await fetch_branch(repo, first, BRANCH, one) == "unchanged"
    second = await fleet.work(a="2")
    assert await fetch_branch(repo, second, BRANCH, fleet.commit) == "moved"
    assert await fetch_branch(repo, first, BRANCH, one) == "unchanged"
    assert git(repo, "rev-parse", BRANCH) == fleet.commit


async def test_a_branch_that_has_gone_another_way_is_not_moved(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    git(repo, "branch", BRANCH, "main")
    git(repo, "worktree", "add", "-q", str(tmp_path / "wt"), BRANCH)
    mine = commit(tmp_path / "wt", a="mine")
    git(repo, "worktree", "remove", str(tmp_path / "wt"))
    with pytest.raises(RepositoryError, match="another way") as caught:
        await fetch_branch(repo, bundle, BRANCH, fleet.commit)
    assert "git branch -m" in caught.value.fix
    assert git(repo, "rev-parse", BRANCH) == mine


async def test_a_branch_that_is_checked_out_is_not_moved(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    first, one = await fleet.work(a="1"), fleet.commit
    await fetch_branch(repo, first, BRANCH, one)
    git(repo, "worktree", "add", "-q", str(tmp_path / "wt"), BRANCH)
    second = await fleet.work(a="2")
    with pytest.raises(RepositoryError, match="checked out"):
        await fetch_branch(repo, second, BRANCH, fleet.commit)
    assert git(tmp_path / "wt", "status", "--porcelain") == ""


async def test_a_base_that_is_on_no_branch_any_more_is_still_good(repo: Path, tmp_path: Path) -> None:
    """The user amends the commit that the run started from; git's own bundles refuse that."""
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    git(repo, "commit", "-q", "--amend", "-m", "amended")
    assert await fetch_branch(repo, bundle, BRANCH, fleet.commit) == "created"


async def test_a_base_that_is_gone_is_explained(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    git(repo, "reset", "-q", "--hard", "HEAD~1")
    git(repo, "reflog", "expire", "--expire=now", "--all")
    git(repo, "gc", "-q", "--prune=now")
    with pytest.raises(RepositoryError, match="no longer in"):
        await fetch_branch(repo, bundle, BRANCH, fleet.commit)


async def test_a_branch_in_the_way_of_the_name_is_explained(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    git(repo, "branch", "mycoder")
    with pytest.raises(RepositoryError, match="did not set the branch"):
        await fetch_branch(repo, bundle, BRANCH, fleet.commit)


@pytest.mark.parametrize("branch", ["-x", "a..b", "@{-1}", "", "a b", "x.lock"])
async def test_a_name_that_is_no_branch_is_refused(repo: Path, tmp_path: Path, branch: str) -> None:
    with pytest.raises(RepositoryError, match="not a name"):
        await fetch_branch(repo, tmp_path / "none", branch, "0" * 40)


async def test_a_damaged_bundle_adds_no_branch(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    data = bytearray(bundle.read_bytes())
    data[-30] ^= 0xFF
    bundle.write_bytes(data)
    with pytest.raises(RepositoryError, match="cannot be read"):
        await fetch_branch(repo, bundle, BRANCH, fleet.commit)
    bundle.write_bytes(data[:5])
    with pytest.raises(RepositoryError, match="cannot be read"):
        await fetch_branch(repo, bundle, BRANCH, fleet.commit)
    assert git(repo, "branch", "--list", "mycoder/*") == ""


async def test_a_bundle_of_another_commit_is_refused(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    with pytest.raises(RepositoryError, match="does not hold"):
        await fetch_branch(repo, bundle, BRANCH, "1" * 40)


async def test_linked_shallow_and_bare_repositories_take_the_branch(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    for name in ("linked", "shallow", "bare.git"):
        (tmp_path / f"{name}-run").mkdir()
        fleet = await Fleet.start(tmp_path / name, tmp_path / f"{name}-run")
        bundle = await fleet.work(a=name)
        assert await fetch_branch(tmp_path / name, bundle, f"mycoder/{name}", fleet.commit) == "created"
        assert git(tmp_path / name, "show", f"mycoder/{name}:a") == name


async def test_a_folder_without_git_can_become_a_repository_later(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a").write_text("a")
    fleet = await Fleet.start(folder, tmp_path)
    bundle = await fleet.work(a="done")
    with pytest.raises(RepositoryError, match="not a git repository") as caught:
        await fetch_branch(folder, bundle, BRANCH, fleet.commit)
    subprocess.run(caught.value.fix.split(), check=True, capture_output=True)
    assert await fetch_branch(folder, bundle, BRANCH, fleet.commit) == "created"
    assert git(folder, "show", f"{BRANCH}:a") == "done"


async def test_hooks_of_the_repository_are_not_run(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="1")
    hook = repo / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'canary'}\n")
    hook.chmod(0o755)
    git(repo, "config", "core.alternateRefsCommand", f"touch {tmp_path / 'canary'};")
    await fetch_branch(repo, bundle, BRANCH, fleet.commit)
    assert not (tmp_path / "canary").exists()


async def test_a_difference_is_shown_without_taking_anything_over(repo: Path, tmp_path: Path) -> None:
    fleet = await Fleet.start(repo, tmp_path)
    bundle = await fleet.work(a="done\n")
    before = sorted(os.walk(repo / ".git"))
    start = git(repo, "rev-parse", "HEAD")
    shown = await diff(repo, start, fleet.commit, bundles=[bundle])
    assert "-5\n+done\n" in shown
    assert sorted(os.walk(repo / ".git")) == before
    assert await diff(tmp_path / "packed", start, fleet.commit, bundles=[bundle]) == shown
    assert await diff(fleet.workspace.repository.path, start, fleet.commit) == shown
    assert "[cut after 20 bytes]" in await diff(repo, start, fleet.commit, bundles=[bundle], max_bytes=20)
