"""Workspaces whose files were made by code that wants out."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mycoderai.broker.repository import pack
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.workspace import TreeChanging, TreeLimits, TreeTooLarge, Workspace, WorkspaceError

SECRET = "the content of a file that the code may not read"


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=A Person", "-c", "user.email=person@example.org"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode(errors="replace").strip()


@pytest.fixture
async def workspace(tmp_path: Path) -> Workspace:
    source = tmp_path / "source"
    (source / "dir").mkdir(parents=True)
    (source / "dir/file").write_text("file\n")
    (source / "main.py").write_text("print()\n")
    packed = await pack(source, dirty=True, out=tmp_path / "packed")
    repository = await RunRepository.open(tmp_path / "run.git", packed.file)
    (tmp_path / "secret").write_text(SECRET)
    return await Workspace.create(repository, tmp_path / "ws", packed.commit)


def objects(workspace: Workspace) -> str:
    """The content of every object in the repository of the run."""
    git_dir = workspace.repository.path
    return git(git_dir, "cat-file", "--batch-all-objects", "--batch", "--buffer")


async def names(workspace: Workspace) -> list[str]:
    return sorted(await workspace.repository.entries(await workspace.snapshot()))


def reasons(workspace: Workspace) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in workspace.skipped}


async def test_links_are_kept_as_links_and_never_followed(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.path / "link").symlink_to(tmp_path / "secret")
    (workspace.path / "up").symlink_to("..")
    assert await names(workspace) == ["dir/file", "link", "main.py", "up"]
    assert SECRET not in objects(workspace)


async def test_what_is_no_file_is_left_out_and_reported(workspace: Workspace) -> None:
    os.mkfifo(workspace.path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(workspace.path / "socket"))
    if os.geteuid() == 0:
        os.mknod(workspace.path / "null", 0o20666, os.makedev(1, 3))
    assert await names(workspace) == ["dir/file", "main.py"]
    assert set(reasons(workspace)) >= {"fifo", "socket"}


async def test_repositories_inside_are_left_out_and_git_never_looks_at_them(
    workspace: Workspace, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    for folder in (workspace.path, workspace.path / "dir"):
        git(folder, "init", "-q")
        git(folder, "config", "core.fsmonitor", f"touch {canary};")
        git(folder, "config", "filter.evil.clean", f"touch {canary};")
    (workspace.path / ".gitattributes").write_text("* filter=evil\n")
    (workspace.path / "dir/file").write_text("changed\n")
    (workspace.path / "other").mkdir()
    (workspace.path / "other/.GIT").write_text("gitdir: /elsewhere")
    canary.unlink(missing_ok=True)
    tree = await workspace.snapshot()
    await workspace.diff(workspace.repository.header.tree, tree)
    assert not canary.exists()
    assert sorted(await workspace.repository.entries(tree)) == [".gitattributes", "dir/file", "main.py"]
    assert set(reasons(workspace)) == {"dir/.git", "other/.GIT"}
    await workspace.restore(workspace.repository.header.tree)
    assert not (workspace.path / "dir/.git").exists()
    assert (workspace.path / ".git").exists()  # the box's own, which no host command reads


async def test_attributes_of_the_repository_change_no_content(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / ".gitattributes").write_text("a text eol=crlf ident filter=evil working-tree-encoding=UTF-16\n")
    git(source, "init", "-q")
    (source / "a").write_text("$Id$\n", encoding="utf-16")
    packed = await pack(source, dirty=True, out=tmp_path / "packed")
    repository = await RunRepository.open(tmp_path / "run.git", packed.file)
    workspace = await Workspace.create(repository, tmp_path / "ws", packed.commit)
    assert (workspace.path / "a").read_bytes() == b"$Id$\n"
    assert await workspace.snapshot(full=True) == packed.tree


async def test_rights_that_git_does_not_know_are_dropped(workspace: Workspace) -> None:
    (workspace.path / "suid").write_text("x")
    (workspace.path / "suid").chmod(0o6777)
    entries = await workspace.repository.entries(await workspace.snapshot())
    assert entries["suid"].mode == b"100755"
    tree = await workspace.snapshot()
    (workspace.path / "suid").unlink()
    await workspace.restore(tree)
    assert (workspace.path / "suid").stat().st_mode & 0o7777 == 0o755


async def test_hard_links_are_read_like_files(workspace: Workspace) -> None:
    os.link(workspace.path / "main.py", workspace.path / "again.py")
    assert await names(workspace) == ["again.py", "dir/file", "main.py"]


async def test_sizes_are_capped(workspace: Workspace) -> None:
    with (workspace.path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert await names(workspace) == ["dir/file", "main.py"]
    assert "larger" in reasons(workspace)["huge"]
    small = Workspace(workspace.repository, workspace.path, TreeLimits(max_new_bytes=10))
    with pytest.raises(TreeTooLarge):
        await small.snapshot()
    few = Workspace(workspace.repository, workspace.path, TreeLimits(max_entries=2))
    with pytest.raises(TreeTooLarge):
        await few.snapshot()


async def test_a_very_deep_folder_is_left_out_and_can_be_removed(workspace: Workspace) -> None:
    at = os.open(workspace.path, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    assert await names(workspace) == ["dir/file", "main.py"]
    assert any("deeper" in reason for reason in reasons(workspace).values())
    await workspace.restore(workspace.repository.header.tree)
    assert sorted(os.listdir(workspace.path)) == ["dir", "main.py"]


async def test_folders_without_rights_are_emptied(workspace: Workspace) -> None:
    (workspace.path / "locked/in").mkdir(parents=True)
    (workspace.path / "locked/in/file").write_text("x")
    (workspace.path / "locked/in").chmod(0)
    (workspace.path / "locked").chmod(0)
    (workspace.path / "dir").chmod(0)
    await workspace.restore(workspace.repository.header.tree)
    assert sorted(os.listdir(workspace.path)) == ["dir", "main.py"]
    assert (workspace.path / "dir/file").read_text() == "file\n"


async def test_restoring_never_writes_through_a_link(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("untouched")
    (workspace.path / "dir/file").unlink()
    (workspace.path / "dir").rmdir()
    (workspace.path / "dir").symlink_to(outside)
    (workspace.path / "main.py").unlink()
    (workspace.path / "main.py").symlink_to(tmp_path / "secret")
    await workspace.restore(workspace.repository.header.tree)
    assert (outside / "file").read_text() == "untouched"
    assert (tmp_path / "secret").read_text() == SECRET
    assert not (workspace.path / "dir").is_symlink()
    assert (workspace.path / "dir/file").read_text() == "file\n"


async def test_names_swapped_while_we_look_lead_nowhere(workspace: Workspace, tmp_path: Path) -> None:
    """A thread swaps a folder and a file for links to a secret as fast as it can."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text(SECRET)
    swaps = [("dir", outside), ("main.py", tmp_path / "secret")]
    for name, target in swaps:
        (tmp_path / f"{name}-link").symlink_to(target)
    looked = 0
    with _meanwhile(lambda: _swap(workspace.path, tmp_path, [name for name, _ in swaps])):
        while looked < 60:
            looked += 1
            try:
                await workspace.snapshot()
                if looked % 10 == 0:
                    await workspace.restore(workspace.repository.header.tree)
            except (TreeChanging, OSError):
                continue
    assert SECRET not in objects(workspace)
    assert (outside / "file").read_text() == SECRET
    assert (tmp_path / "secret").read_text() == SECRET
    assert sorted(os.listdir(outside)) == ["file"]


def _swap(root: Path, spare: Path, swapped: list[str]) -> None:
    for name in swapped:
        aside = root / f"{name}-aside"
        try:
            os.rename(root / name, aside)
            os.symlink(os.readlink(spare / f"{name}-link"), root / name)
            os.unlink(root / name)
            os.rename(aside, root / name)
        except OSError:
            continue


@contextmanager
def _meanwhile(act: Callable[[], None]) -> Iterator[None]:
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            act()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


async def test_a_tree_made_to_escape_is_not_written(workspace: Workspace, tmp_path: Path) -> None:
    store = workspace.repository.store
    blob = store.write("blob", b"x")
    inner = store.write_tree([("hooks", b"100644", blob)])
    for name in ("..", ".git", ".", "a\n/../.."):
        tree = store.write_tree([(name, b"40000", inner)])
        with pytest.raises(WorkspaceError):
            await workspace.restore(tree)
        with pytest.raises(WorkspaceError):
            await Workspace.create(workspace.repository, tmp_path / "other", tree)
    assert (workspace.path / "main.py").exists()
    assert not (tmp_path / "other").exists()


async def test_a_name_swapped_between_two_steps_is_not_followed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race of the test above, won every time: the swap happens just before the name is opened."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text(SECRET)
    targets = {"main.py": tmp_path / "secret", "dir": outside}
    really_open = os.open

    def open_late(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None and name in targets and not (workspace.path / name).is_symlink():
            os.rename(workspace.path / name, tmp_path / f"{name}-aside")
            os.symlink(targets[name], workspace.path / name)
        return really_open(name, flags, mode, dir_fd=dir_fd)

    for act in (workspace.snapshot, lambda: workspace.restore(workspace.repository.header.tree)):
        (workspace.path / "main.py").write_text("changed, so it is read\n")
        with monkeypatch.context() as swapped, suppress(TreeChanging, OSError):
            swapped.setattr(os, "open", open_late)
            await act()
        assert (outside / "file").read_text() == SECRET
        assert (tmp_path / "secret").read_text() == SECRET
        await workspace.restore(workspace.repository.header.tree)
        for aside in tmp_path.glob("*-aside"):
            shutil.rmtree(aside) if aside.is_dir() else aside.unlink()
    assert SECRET not in objects(workspace)
