"""A watched workspace looks at what was written to only, and misses nothing by it."""

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mycoderai.broker.repository import pack
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.tree import Walked
from mycoderai.workers.executor.walk import Walk
from mycoderai.workers.executor.watching import Watcher
from mycoderai.workers.executor.workspace import Workspace

FILES = ("a.py", "b.py", "x.log", "deep/c.py", "deep/d.py", "deep/er/e.py", "other/f.py", "build/g.py")
FOLDERS = ("deep", "deep/er", "other", "build", "made")


@pytest.fixture
def repository(tmp_path: Path) -> RunRepository:
    folder = tmp_path / "start"
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"name = {name!r}\n")

    async def make() -> RunRepository:
        packed = await pack(folder, dirty=True, out=tmp_path / "packed")
        return await RunRepository.open(tmp_path / "run.git", packed.file)

    return asyncio.run(make())


def append(file: Path) -> None:
    with file.open("a") as opened:
        opened.write("# more\n")


def one_change(root: Path, chance: random.Random) -> None:
    file, other = (root / chance.choice(FILES) for _ in range(2))
    folder, elsewhere = (root / chance.choice(FOLDERS) for _ in range(2))
    changes: list[Callable[[], object]] = [
        lambda: append(file),
        lambda: file.write_text("same size\n"),
        lambda: os.utime(file),
        lambda: file.chmod(chance.choice([0o644, 0o755])),
        file.unlink,
        lambda: file.rename(other),
        lambda: os.link(file, other),
        lambda: file.symlink_to("nowhere"),
        lambda: folder.mkdir(parents=True),
        lambda: folder.rename(elsewhere),
        lambda: folder.rename(folder / "below" / "itself"),
        lambda: shutil.rmtree(folder),
        lambda: shutil.copytree(folder, elsewhere, dirs_exist_ok=True),
        lambda: (root / ".gitignore").write_text(chance.choice(["", "*.log\n", "build/\n", "deep/\n"])),
        lambda: (folder / ".gitignore").write_text("*.py\n"),
    ]
    try:
        chance.choice(changes)()
    except OSError:
        return  # what it would change is not there just now


@pytest.mark.parametrize("seed", range(12))
def test_a_watched_workspace_has_the_tree_of_one_that_is_read_whole(repository: RunRepository, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  to be repeated, not to be unguessable
    watcher = Watcher()

    async def story() -> None:
        path = repository.path.parent / "ws"
        workspace = await Workspace.create(repository, path, repository.header.commit, watched=watcher.workspace())
        trees = [await workspace.snapshot()]
        for _ in range(60):
            for _ in range(chance.randint(0, 3)):
                one_change(path, chance)
            tree = await workspace.snapshot()
            assert tree == Walk(repository.store, workspace._tracked, Walked()).run(path).tree
            if chance.random() < 0.3:
                await workspace.commit(tree, None, "Then", at_s=0)
                trees.append(tree)
            if chance.random() < 0.1:
                await workspace.restore(chance.choice(trees))
                assert await workspace.snapshot() == workspace._last.tree

    asyncio.run(story())
    watcher.close()


def swap(root: Path) -> None:
    append(root / "other/er/e.py")
    (root / "deep").rename(root / "elsewhere")
    (root / "other").rename(root / "deep")
    (root / "elsewhere").rename(root / "other")


def make_anew(root: Path) -> None:
    shutil.rmtree(root / "other")
    (root / "other").mkdir()
    (root / "other/new.py").touch()


DECEPTIONS: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "two folders change names": (lambda root: shutil.copytree(root / "deep/er", root / "other/er"), swap),
    "a folder is made anew": (lambda root: None, make_anew),
    "a rule about folders below is new": (
        lambda root: (root / "deep/er/x.log").write_text(""),
        lambda root: (root / ".gitignore").write_text("*.log\n"),
    ),
    "a file is written to by its other name": (
        lambda root: os.link(root / "deep/c.py", root / "other/c.py"),
        lambda root: append(root / "other/c.py"),
    ),
}


@pytest.mark.parametrize("name", DECEPTIONS)
def test_what_says_nothing_about_the_folder_it_changes_is_seen(repository: RunRepository, name: str) -> None:
    before, then = DECEPTIONS[name]

    async def story() -> None:
        path = repository.path.parent / "ws"
        watched = Watcher().workspace()
        workspace = await Workspace.create(repository, path, repository.header.commit, watched=watched)
        await workspace.snapshot()
        before(path)
        await workspace.snapshot()
        then(path)
        tree = await workspace.snapshot()
        assert tree == Walk(repository.store, workspace._tracked, Walked()).run(path).tree

    asyncio.run(story())


def test_a_snapshot_opens_no_folder_that_nobody_wrote_to(
    repository: RunRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    scandir = os.scandir

    def counting(folder: int) -> object:
        opened.append(os.path.basename(os.readlink(f"/proc/self/fd/{folder}")))
        return scandir(folder)

    async def story() -> None:
        watched = Watcher().workspace()
        path = repository.path.parent / "ws"
        workspace = await Workspace.create(repository, path, repository.header.commit, watched=watched)
        await workspace.snapshot()
        monkeypatch.setattr(os, "scandir", counting)
        await workspace.snapshot()
        assert opened == []
        (path / "deep/er/e.py").write_text("changed\n")
        await workspace.snapshot()
        assert opened == ["ws", "deep", "er"]

    asyncio.run(story())


def test_without_the_kernels_word_every_snapshot_looks_at_every_file(repository: RunRepository) -> None:
    async def story() -> None:
        watcher = Watcher()
        watcher.close()
        path = repository.path.parent / "ws"
        workspace = await Workspace.create(repository, path, repository.header.commit, watched=watcher.workspace())
        before = await workspace.snapshot()
        (path / "deep/c.py").write_text("changed\n")
        assert await workspace.snapshot() != before

    asyncio.run(story())
