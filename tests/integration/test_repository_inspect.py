"""What a person is told about a repository, and what when it cannot be used."""

import os
import subprocess
from pathlib import Path

import pytest

from mycoderai.broker.repository import RepositoryError, inspect, pack


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=A Person", "-c", "user.email=person@example.org"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a").write_text("a")
    git(folder, "add", "a")
    git(folder, "commit", "-qm", "start")
    return folder


async def test_the_state_is_told_from_any_folder_inside(repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "a").write_text("b")
    for number in range(20):
        (repo / "sub" / f"new{number}").write_text("x")
    state = await inspect(repo / "sub")
    assert state.root == repo
    assert (state.is_git, state.is_empty, state.branch) == (True, False, "main")
    assert state.head == git(repo, "rev-parse", "HEAD")
    assert state.change_count == 21
    assert state.changes[0] == "a"
    assert len(state.changes) == 10


async def test_looking_does_not_refresh_the_index(repo: Path) -> None:
    os.utime(repo / "a", (1, 1))
    before = (repo / ".git/index").read_bytes()
    assert (await inspect(repo)).change_count == 0
    assert (repo / ".git/index").read_bytes() == before


async def test_detached_empty_and_plain_are_told_apart(repo: Path, tmp_path: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    assert (await inspect(repo)).branch is None
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q", "-b", "main")
    empty = await inspect(tmp_path / "empty")
    assert (empty.is_git, empty.is_empty, empty.head, empty.branch) == (True, True, None, "main")
    (tmp_path / "plain").mkdir()
    assert not (await inspect(tmp_path / "plain")).is_git


async def test_a_repository_without_commits_needs_one_or_its_working_state(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "user")
    with pytest.raises(RepositoryError, match="no commit") as caught:
        await pack(tmp_path / "user", dirty=False, out=tmp_path / "p")
    assert "git commit" in caught.value.fix
    (tmp_path / "user/a").write_text("a")
    packed = await pack(tmp_path / "user", dirty=True, out=tmp_path / "p")
    assert packed.base_commit is None


async def test_a_wrong_path_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="no folder"):
        await inspect(tmp_path / "missing")
    with pytest.raises(RepositoryError, match="not a folder") as caught:
        await inspect(tmp_path / "file")
    assert str(tmp_path) in caught.value.fix


async def test_the_inside_of_a_repository_is_not_the_repository(repo: Path) -> None:
    with pytest.raises(RepositoryError, match="inside") as caught:
        await inspect(repo / ".git" / "refs")
    assert str(repo) in caught.value.fix


async def test_a_broken_git_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(RepositoryError, match="cannot use it"):
        await inspect(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_a_repository_of_another_user_is_refused_with_the_command_that_trusts_it(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (repo, *repo.rglob("*")):
        os.chown(path, 64001, 64001)
    with pytest.raises(RepositoryError, match="another user") as caught:
        await inspect(repo)
    assert caught.value.fix == f"git config --global --add safe.directory {repo}"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    subprocess.run(caught.value.fix.split(), check=True)
    assert (await inspect(repo)).is_git


async def test_a_damaged_repository_is_explained(repo: Path, tmp_path: Path) -> None:
    blob = git(repo, "rev-parse", "HEAD:a")
    (repo / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepositoryError) as caught:
        await pack(repo, dirty=False, out=tmp_path / "p")
    assert "fsck" in caught.value.fix
    assert not (tmp_path / "p").exists()


async def test_without_git_the_message_says_so(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RepositoryError, match="git was not found"):
        await inspect(repo)
