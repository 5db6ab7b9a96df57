"""What always holds for workspaces, against git itself and for trees nobody would think of."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.broker.repository import pack
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.workspace import Workspace

_NAMES = st.sampled_from(
    ["a", "b", "a.b", "a-b", "a0", "ä", "\n", "-x", " ", ".hidden", "A", "a.pyc", "build", "x.log"]
)
_FILES = st.tuples(st.sampled_from(["file", "executable", "link"]), st.sampled_from(["", "x", "y\r\n", "\0\xff"]))
_TREES = st.dictionaries(st.lists(_NAMES, min_size=1, max_size=3).map(tuple), _FILES, max_size=8)
_IGNORE = st.sampled_from(["", "*.log\n", "build/\n", "a*\n!a0\n", "/a\n", "**/b\n"])


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> RunRepository:
    folder = tmp_path_factory.mktemp("laws")
    (folder / "empty").mkdir()

    async def make() -> RunRepository:
        packed = await pack(folder / "empty", dirty=True, out=folder / "packed")
        return await RunRepository.open(folder / "run.git", packed.file)

    return asyncio.run(make())


def fill(folder: Path, tree: dict[tuple[str, ...], tuple[str, str]], ignore: str = "") -> None:
    for parts, (kind, text) in tree.items():
        path = folder.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "link":
                path.symlink_to(text.replace("\0", "") or "nowhere")
            else:
                path.write_bytes(text.encode("latin-1"))
                path.chmod(0o755 if kind == "executable" else 0o644)
        except OSError:
            continue  # a file is where another path has its folder
    if ignore:
        (folder / ".gitignore").write_text(ignore)


def git_tree(folder: Path) -> str:
    """What `git add --all` makes of the same files."""
    excludes = folder.parent / "excludes"
    excludes.write_text("__pycache__/\n*.pyc\n.pytest_cache/\n")
    git_dir = folder.parent / "judge.git"
    at = ["git", f"--git-dir={git_dir}", f"--work-tree={folder}", "-c", f"core.excludesFile={excludes}"]
    subprocess.run(["git", "init", "-q", "--bare", str(git_dir)], check=True)
    subprocess.run([*at, "-c", "core.bare=false", "add", "--all"], check=True, cwd=folder, capture_output=True)
    return subprocess.run([*at, "write-tree"], check=True, capture_output=True, text=True).stdout.strip()


def in_workspace(repository: RunRepository, use: Callable[[Workspace], Awaitable[None]]) -> None:
    async def run() -> None:
        folder = repository.path.parent / "use"
        workspace = await Workspace.create(repository, folder / "ws", repository.header.commit)
        try:
            await use(workspace)
        finally:
            shutil.rmtree(folder)

    asyncio.run(run())


@settings(max_examples=25, deadline=None)
@given(tree=_TREES, ignore=_IGNORE)
def test_the_tree_of_a_workspace_is_the_one_git_makes(
    repository: RunRepository, tree: dict[tuple[str, ...], tuple[str, str]], ignore: str
) -> None:
    async def use(workspace: Workspace) -> None:
        fill(workspace.path, tree, ignore)
        assert await workspace.snapshot() == git_tree(workspace.path)

    in_workspace(repository, use)


@settings(max_examples=25, deadline=None)
@given(one=_TREES, two=_TREES, ignore=_IGNORE)
def test_a_restored_tree_is_that_tree_whatever_was_there(
    repository: RunRepository,
    one: dict[tuple[str, ...], tuple[str, str]],
    two: dict[tuple[str, ...], tuple[str, str]],
    ignore: str,
) -> None:
    async def use(workspace: Workspace) -> None:
        fill(workspace.path, one, ignore)
        first = await workspace.snapshot()
        await workspace.restore(repository.header.tree)
        assert os.listdir(workspace.path) == []
        fill(workspace.path, two)
        second = await workspace.snapshot()
        await workspace.restore(first)
        assert await workspace.snapshot() == first
        assert await workspace.snapshot(full=True) == first
        await workspace.restore(second, full=True)
        assert await workspace.snapshot() == second

    in_workspace(repository, use)


@settings(max_examples=20, deadline=None)
@given(changes=st.lists(_TREES, min_size=1, max_size=4))
def test_times_never_hide_a_change(
    repository: RunRepository, changes: list[dict[tuple[str, ...], tuple[str, str]]]
) -> None:
    """Written at once after each other, many of these changes leave size and clock tick the same."""

    async def use(workspace: Workspace) -> None:
        for change in changes:
            fill(workspace.path, change)
            quick = await workspace.snapshot()
            assert quick == await Workspace(repository, workspace.path).snapshot()

    in_workspace(repository, use)
