"""A workspace from the artifact to the checkpoint on another machine, and its end."""

import asyncio
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from mycoderai.broker.repository import PackedFileError, PackedRepository, pack
from mycoderai.workers.executor.discard import ASIDE
from mycoderai.workers.executor.removal import RemovalRefused, remove, sweep
from mycoderai.workers.executor.run_repository import RunRepository, RunRepositoryError
from mycoderai.workers.executor.workspace import Workspace

AT_S = 1_700_000_000


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
async def packed(tmp_path: Path) -> PackedRepository:
    source = tmp_path / "source"
    (source / "src").mkdir(parents=True)
    (source / "src/a.py").write_text("a = 1\n")
    (source / "kept.log").write_text("tracked although ignored\n")
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    git(source, "init", "-q")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "start")
    (source / ".gitignore").write_text("*.log\nout/\n")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "ignore")
    return await pack(source, dirty=False, depth=1, out=tmp_path / "packed")


@pytest.fixture
async def repository(packed: PackedRepository, tmp_path: Path) -> RunRepository:
    return await RunRepository.open(tmp_path / "host/run.git", packed.file, run="r1")


@pytest.fixture
async def workspace(repository: RunRepository, packed: PackedRepository, tmp_path: Path) -> Workspace:
    return await Workspace.create(repository, tmp_path / "root/ws", packed.commit)


async def test_the_files_are_there_and_no_git_folder(workspace: Workspace, packed: PackedRepository) -> None:
    assert sorted(os.listdir(workspace.path)) == [".gitignore", "kept.log", "run.sh", "src"]
    assert os.access(workspace.path / "run.sh", os.X_OK)
    assert await workspace.snapshot() == packed.tree


async def test_a_folder_that_is_there_is_not_written_into(workspace: Workspace, packed: PackedRepository) -> None:
    with pytest.raises(FileExistsError):
        await Workspace.create(workspace.repository, workspace.path, packed.commit)


async def test_ignored_files_count_only_when_the_commit_has_them(workspace: Workspace) -> None:
    (workspace.path / "kept.log").write_text("changed\n")
    (workspace.path / "new.log").write_text("x")
    (workspace.path / "out").mkdir()
    (workspace.path / "out/x.py").write_text("x")
    (workspace.path / "src/__pycache__").mkdir()
    (workspace.path / "src/__pycache__/a.pyc").write_text("x")
    tree = await workspace.snapshot()
    assert await workspace.changed_paths(workspace.repository.header.tree, tree) == ["kept.log"]


async def test_a_committed_file_stays_when_a_rule_for_it_comes_later(
    workspace: Workspace, packed: PackedRepository, tmp_path: Path
) -> None:
    """On this host as on one that restored the checkpoint, or the same step would end in two trees."""
    (workspace.path / "report.txt").write_text("x")
    first = await workspace.snapshot()
    commit = await workspace.commit(first, packed.commit, "one", at_s=AT_S)
    other = await Workspace.create(workspace.repository, tmp_path / "root/other", commit)
    trees = []
    for each in (workspace, other):
        (each.path / ".gitignore").write_text("*.txt\n")
        trees.append(await each.snapshot())
    assert trees[0] == trees[1]
    assert "report.txt" in await workspace.repository.entries(trees[0])


async def test_a_commit_is_the_same_for_the_same_arguments(workspace: Workspace, packed: PackedRepository) -> None:
    tree = await workspace.snapshot()
    message = "Do it\n\nBecause.\0\n"
    commit = await workspace.commit(tree, packed.commit, message, {"Run": "r1", "Step": "a\nb"}, at_s=AT_S)
    assert await workspace.commit(tree, packed.commit, message, {"Run": "r1", "Step": "a\nb"}, at_s=AT_S) == commit
    text = git(workspace.repository.path, "cat-file", "commit", commit)
    assert f"parent {packed.commit}\nauthor MyCoderAI <mycoder@localhost> {AT_S} +0000\n" in text
    assert text.endswith("Do it\n\nBecause.\n\nRun: r1\nStep: a b")
    git(workspace.repository.path, "fsck", "--strict", "--no-dangling")


async def test_a_checkpoint_is_restored_on_another_host(
    workspace: Workspace, packed: PackedRepository, tmp_path: Path
) -> None:
    (workspace.path / "src/a.py").write_text("a = 2\n")
    (workspace.path / "run.sh").unlink()
    (workspace.path / "link").symlink_to("src/a.py")
    tree = await workspace.snapshot()
    commit = await workspace.commit(tree, packed.commit, "checkpoint", at_s=AT_S)
    bundle = await workspace.repository.bundle(commit, packed.commit)

    elsewhere = await RunRepository.open(tmp_path / "elsewhere/run.git", packed.file, run="r1")
    assert not await elsewhere.has(commit)
    assert await elsewhere.absorb(bundle) == [commit]
    assert await elsewhere.absorb(bundle) == [commit]
    assert await elsewhere.has(commit)
    restored = await Workspace.create(elsewhere, tmp_path / "elsewhere/ws", commit)
    assert await restored.snapshot() == tree
    assert git(tmp_path, "ls-remote", str(bundle)).split("\t") == [commit, "refs/mycoder/r1"]


async def test_a_bundle_needs_what_it_builds_upon(
    workspace: Workspace, packed: PackedRepository, tmp_path: Path
) -> None:
    (workspace.path / "src/a.py").write_text("a = 2\n")
    one = await workspace.commit(await workspace.snapshot(), packed.commit, "one", at_s=AT_S)
    (workspace.path / "src/a.py").write_text("a = 3\n")
    two = await workspace.commit(await workspace.snapshot(), one, "two", at_s=AT_S)
    bundle = await workspace.repository.bundle(two, one)
    elsewhere = await RunRepository.open(tmp_path / "elsewhere/run.git", packed.file, run="r1")
    with pytest.raises(RunRepositoryError, match="builds upon"):
        await elsewhere.absorb(bundle)


async def test_a_bundle_holds_what_its_commit_adds_and_nothing_else(
    workspace: Workspace, packed: PackedRepository
) -> None:
    (workspace.path / "src/new.py").write_text("new = 1\n")
    commit = await workspace.commit(await workspace.snapshot(), packed.commit, "one", at_s=AT_S)
    bundle = await workspace.repository.bundle(commit, packed.commit)
    store = workspace.repository.path
    pack_file = bundle.with_suffix(".pack")
    pack_file.write_bytes(bundle.read_bytes()[bundle.read_bytes().index(b"PACK") :])
    git(store, "index-pack", "--strict", str(pack_file))
    rows = git(store, "verify-pack", "-v", str(pack_file)).splitlines()
    held = {row.split()[0] for row in rows if row.split()[1] in ("commit", "tree", "blob")}
    added = git(store, "rev-list", "--objects", commit, f"^{packed.commit}").splitlines()
    assert held == {row.split()[0] for row in added}


@pytest.mark.parametrize("content", [b"0" * 5_000_000, os.urandom(5_000_000)], ids=["small-when-packed", "large"])
async def test_what_is_too_large_to_be_packed_in_memory_is_packed_by_git(
    workspace: Workspace, packed: PackedRepository, tmp_path: Path, content: bytes
) -> None:
    (workspace.path / "src/large.bin").write_bytes(content)
    tree = await workspace.snapshot()
    commit = await workspace.commit(tree, packed.commit, "one", at_s=AT_S)
    bundle = await workspace.repository.bundle(commit, packed.commit)
    elsewhere = await RunRepository.open(tmp_path / "elsewhere/run.git", packed.file, run="r1")
    assert await elsewhere.absorb(bundle) == [commit]
    assert await elsewhere.tree_of(commit) == tree


async def test_two_lines_of_work_are_merged_or_their_conflicts_named(
    workspace: Workspace, packed: PackedRepository
) -> None:
    repository = workspace.repository

    async def work(**files: str) -> str:
        await workspace.restore(packed.commit)
        for name, text in files.items():
            (workspace.path / name).write_text(text)
        return await workspace.commit(await workspace.snapshot(), packed.commit, "work", at_s=AT_S)

    one, two, three = await work(x="x"), await work(y="y"), await work(y="other")
    merged = await repository.merge(one, two)
    assert merged.conflicts == ()
    assert {"x", "y"} <= set(await repository.entries(merged.tree))
    assert (await repository.merge(two, three)).conflicts == ("y",)


async def test_submodules_stay_what_they_are(tmp_path: Path) -> None:
    library, source = tmp_path / "library", tmp_path / "source"
    for folder in (library, source):
        folder.mkdir()
        git(folder, "init", "-q")
        git(folder, "commit", "-q", "--allow-empty", "-m", "start")
    git(source, "submodule", "add", "-q", str(library), "sub")
    git(source, "commit", "-qm", "sub")
    packed = await pack(source, dirty=False, out=tmp_path / "packed")
    repository = await RunRepository.open(tmp_path / "run.git", packed.file)
    workspace = await Workspace.create(repository, tmp_path / "ws", packed.commit)
    assert await workspace.snapshot() == packed.tree
    (workspace.path / "sub/file").write_text("x")
    (workspace.path / "new").write_text("x")
    await workspace.restore(packed.commit)
    assert await workspace.snapshot(full=True) == packed.tree
    assert os.listdir(workspace.path / "sub") == []


async def test_the_repository_is_found_again_and_made_once(packed: PackedRepository, tmp_path: Path) -> None:
    path = tmp_path / "host/run.git"
    opened = await asyncio.gather(*(RunRepository.open(path, packed.file, run="r1") for _ in range(4)))
    assert {each.path for each in opened} == {path}
    assert os.listdir(path.parent) == ["run.git"]
    made = (path / "mycoder.json").stat().st_ino
    await RunRepository.open(path, packed.file, run="r1")
    assert (path / "mycoder.json").stat().st_ino == made
    with pytest.raises(RunRepositoryError, match="does not belong"):
        await RunRepository.open(path, packed.file, run="r2")


async def test_a_damaged_artifact_leaves_nothing_behind(packed: PackedRepository, tmp_path: Path) -> None:
    packed.file.write_bytes(packed.file.read_bytes()[:-30])
    with pytest.raises(PackedFileError):
        await RunRepository.open(tmp_path / "host/run.git", packed.file, run="r1")
    assert os.listdir(tmp_path / "host") == []
    packed.file.write_bytes(b"something else")
    with pytest.raises(PackedFileError):
        await RunRepository.open(tmp_path / "host/run.git", packed.file, run="r1")


async def test_objects_are_checked_after_the_machine_went_down(
    repository: RunRepository, packed: PackedRepository
) -> None:
    lost = repository.store.write("blob", b"not synced to disk in time")
    marker = repository.path / "mycoder.json"
    old = {**msgspec.json.decode(marker.read_bytes()), "boot_id": "another"}
    marker.write_bytes(msgspec.json.encode(old))
    await RunRepository.open(repository.path, packed.file, run="r1")
    assert await repository.git.run("cat-file", "-e", lost)

    object_file = repository.path / "objects" / lost[:2] / lost[2:]
    object_file.chmod(0o644)
    object_file.write_bytes(b"")
    marker.write_bytes(msgspec.json.encode(old))
    await RunRepository.open(repository.path, packed.file, run="r1")
    assert not object_file.exists()
    assert len([name for name in os.listdir(repository.path.parent) if "damaged" in name]) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_everything_belongs_to_the_owner_that_was_asked_for(
    repository: RunRepository, packed: PackedRepository, tmp_path: Path
) -> None:
    workspace = await Workspace.create(repository, tmp_path / "root/ws", packed.commit, owner=(64001, 64002))
    (workspace.path / "run.sh").unlink()
    (workspace.path / "src/a.py").unlink()
    (workspace.path / "src").rmdir()
    await workspace.restore(packed.commit)
    found = [workspace.path, *workspace.path.rglob("*")]
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in found} == {(64001, 64002)}


async def test_a_recorded_workspace_is_removed(workspace: Workspace, packed: PackedRepository) -> None:
    (workspace.path / "src/__pycache__").mkdir()
    (workspace.path / "src/a.py").write_text("a = 2\n")
    tree = await workspace.snapshot()
    commit = await workspace.commit(tree, packed.commit, "work", at_s=AT_S)
    root = workspace.path.parent
    await remove(workspace.path, root, repository=workspace.repository, tree=commit)
    assert os.listdir(root) == []
    await remove(workspace.path, root, repository=workspace.repository, tree=commit)


async def test_unrecorded_work_is_not_removed(workspace: Workspace, packed: PackedRepository) -> None:
    root = workspace.path.parent
    (workspace.path / "src/new.py").write_text("work\n")
    with pytest.raises(RemovalRefused, match=r"src/new\.py"):
        await remove(workspace.path, root, repository=workspace.repository, tree=packed.commit)
    with pytest.raises(RemovalRefused, match="not recorded"):
        await remove(workspace.path, root, repository=workspace.repository, tree="1" * 40)
    (workspace.path / "src/new.py").unlink()
    with (workspace.path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RemovalRefused, match="huge"):
        await remove(workspace.path, root, repository=workspace.repository, tree=packed.commit)
    assert (workspace.path / "src/a.py").exists()


async def test_nothing_outside_of_the_root_is_removed(
    workspace: Workspace, packed: PackedRepository, tmp_path: Path
) -> None:
    root = workspace.path.parent
    outside = await Workspace.create(workspace.repository, tmp_path / "outside/ws", packed.commit)
    (root / "link").symlink_to(outside.path)
    (root / "up").symlink_to(outside.path.parent)
    for path in (outside.path, root, root / "link", root / "up/ws", root / "../outside/ws", root / "ws/../ws"):
        with pytest.raises(RemovalRefused):
            await remove(path, root, repository=workspace.repository, tree=packed.commit)
    assert (outside.path / "run.sh").exists()
    assert (workspace.path / "run.sh").exists()


async def test_a_removal_that_was_interrupted_is_finished(workspace: Workspace) -> None:
    root = workspace.path.parent
    (root / f"{ASIDE}begun/deep").mkdir(parents=True)
    (root / f"{ASIDE}begun/deep/file").write_text("x")
    assert await sweep(root) == 1
    assert os.listdir(root) == ["ws"]
