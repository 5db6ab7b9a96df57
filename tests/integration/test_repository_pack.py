"""Packing: what the fleet gets is complete, and the user's repository stays as it was."""

import hashlib
import os
import subprocess
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from mycoderai.broker.packed import PackedFileError, read_packed_header, write_packed_header
from mycoderai.broker.repository import RepositoryError, inspect, pack, unpack

IDENTITY = ["-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "protocol.file.allow=always"]


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *args], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode(errors="surrogateescape").strip()


def commit(folder: Path, message: str = "change", **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, a="one\n", b="two\n")
    return folder


def everything(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and content of all files, those of the git directory too."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


async def restored(packed: Path, to: Path) -> Path:
    """A checkout of the packed repository, made by git alone."""
    bare = to / "restored.git"
    header = await unpack(packed, bare)
    git(bare, "fsck", "--full", "--strict", header.commit)
    files = to / "restored"
    files.mkdir()
    git(bare, f"--work-tree={files}", "checkout", "-q", header.commit, "--", ".")
    return files


async def test_a_restored_repository_has_the_last_commits_and_ends_there(repo: Path, tmp_path: Path) -> None:
    for number in range(10):
        head = commit(repo, a=str(number))
    packed = await pack(repo, dirty=False, depth=3, out=tmp_path / "p")
    assert (packed.commit, packed.base_commit, packed.branch) == (head, head, "main")
    assert packed.sha256 == hashlib.sha256(packed.file.read_bytes()).hexdigest()
    assert packed.size == packed.file.stat().st_size
    assert (await restored(packed.file, tmp_path) / "a").read_text() == "9"
    assert len(git(tmp_path / "restored.git", "log", "--format=%H", head).split()) == 3


async def test_a_merge_at_the_boundary_keeps_its_near_parent(repo: Path, tmp_path: Path) -> None:
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, side="old")
    git(repo, "checkout", "-q", "main")
    for number in range(5):
        commit(repo, a=str(number))
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "side")
    packed = await pack(repo, dirty=False, depth=2, out=tmp_path / "p")
    await restored(packed.file, tmp_path)
    log = git(tmp_path / "restored.git", "log", "--format=%H", packed.commit).split("\n")
    assert sorted(log) == sorted(git(repo, "rev-parse", "HEAD", "main~1", "side").split())


async def test_the_working_state_travels_and_the_repository_is_untouched(repo: Path, tmp_path: Path) -> None:
    commit(repo, gone="x", staged="old", mode="#!/bin/sh\n", **{".gitignore": "*.log\n"})
    (repo / "a").write_bytes(b"line\r\nline\r\n")
    (repo / "gone").unlink()
    (repo / "mode").chmod(0o755)
    (repo / "staged").write_text("new")
    git(repo, "add", "staged")
    (repo / "link").symlink_to("a")
    (repo / "debug.log").write_text("ignored")
    names = ["-rf", "new\nline", "schön", " space ", "*?[a]", 'quo"te', "a\\b"]
    for name in names:
        (repo / name).write_text(name)
    (repo / os.fsdecode(b"not-utf8-\xff")).write_text("x")
    status, before = git(repo, "status", "--porcelain"), everything(repo)

    packed = await pack(repo, dirty=True, out=tmp_path / "p")

    assert everything(repo) == before
    assert git(repo, "status", "--porcelain") == status
    assert packed.commit != packed.base_commit == git(repo, "rev-parse", "HEAD")
    files = await restored(packed.file, tmp_path)
    assert sorted(os.listdir(files)) == sorted(
        [".gitignore", "a", "b", "staged", "mode", "link", os.fsdecode(b"not-utf8-\xff"), *names]
    )
    assert (files / "a").read_bytes() == b"line\r\nline\r\n"
    assert os.access(files / "mode", os.X_OK)
    assert os.readlink(files / "link") == "a"
    assert (files / "staged").read_text() == "new"


async def test_a_clean_working_state_is_the_commit_itself(repo: Path, tmp_path: Path) -> None:
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    assert packed.commit == packed.base_commit


async def test_the_same_state_is_packed_as_the_same_commit(repo: Path, tmp_path: Path) -> None:
    (repo / "a").write_text("changed")
    first = await pack(repo, dirty=True, out=tmp_path / "p")
    second = await pack(repo, dirty=True, out=tmp_path / "p")
    assert first.commit == second.commit


async def test_a_folder_becomes_a_link_and_a_merge_is_left_unfinished(repo: Path, tmp_path: Path) -> None:
    (repo / "dir").mkdir()
    (repo / "dir/x").write_text("x")
    (repo / "other").mkdir()
    (repo / "other/x").write_text("x")
    commit(repo)
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, a="side")
    git(repo, "checkout", "-q", "main")
    commit(repo, a="main")
    subprocess.run(["git", *IDENTITY, "merge", "-q", "side"], cwd=repo, capture_output=True, check=False)
    (repo / "dir/x").unlink()
    (repo / "dir").rmdir()
    (repo / "dir").symlink_to("other")
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    files = await restored(packed.file, tmp_path)
    assert os.readlink(files / "dir") == "other"
    assert "<<<<<<<" in (files / "a").read_text()


async def test_a_plain_folder_is_packed_without_a_trace_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "build").mkdir(parents=True)
    (folder / "build/out.o").write_text("x")
    (folder / ".gitignore").write_text("build/\n")
    (folder / "main.py").write_text("print()")
    before = everything(folder)
    packed = await pack(folder, dirty=False, out=tmp_path / "p")
    assert everything(folder) == before
    assert packed.base_commit is None
    assert any("not a git repository" in note for note in packed.notes)
    assert sorted(os.listdir(await restored(packed.file, tmp_path))) == [".gitignore", "main.py"]


async def test_an_empty_folder_is_a_start_too(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    packed = await pack(tmp_path / "plain", dirty=False, out=tmp_path / "p")
    header = await unpack(packed.file, tmp_path / "r.git")
    assert git(tmp_path / "r.git", "ls-tree", header.commit) == ""


async def test_the_home_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(RepositoryError, match="too much"):
        await pack(tmp_path, dirty=True, out=tmp_path / "p")


async def test_submodules_stay_links_and_nothing_in_them_is_asked(repo: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "-q")
    commit(library, lib="x")
    git(repo, "submodule", "add", "-q", str(library), "sub")
    commit(repo)
    canary = tmp_path / "canary"
    git(repo / "sub", "config", "core.fsmonitor", f"touch {canary};")
    (repo / "sub/lib").write_text("changed")
    (repo / "a").write_text("changed")
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    assert not canary.exists()
    assert any("Submodules" in note and "sub" in note for note in packed.notes)
    await unpack(packed.file, tmp_path / "r.git")
    assert git(tmp_path / "r.git", "ls-tree", packed.commit, "sub").startswith("160000 commit")
    assert (await inspect(repo)).submodules == ("sub",)


async def test_a_repository_inside_that_is_not_tracked_is_left_out(repo: Path, tmp_path: Path) -> None:
    (repo / "nested").mkdir()
    git(repo / "nested", "init", "-q")
    commit(repo / "nested", x="x")
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    assert packed.commit == packed.base_commit
    assert any("nested" in note for note in packed.notes)


async def test_nothing_that_the_repository_configures_is_run(repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    run = f"touch {canary}; cat"
    for hook in ("pre-commit", "post-index-change", "reference-transaction"):
        (repo / ".git/hooks" / hook).write_text(f"#!/bin/sh\n{run}\n")
        (repo / ".git/hooks" / hook).chmod(0o755)
    commit(repo, **{".gitattributes": "* filter=evil diff=evil\n"})
    canary.unlink(missing_ok=True)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external"):
        git(repo, "config", key, run)
    git(repo, "config", "filter.evil.required", "true")
    (repo / "a").write_text("changed")
    canary.unlink(missing_ok=True)
    await inspect(repo)
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    assert not canary.exists()
    await unpack(packed.file, tmp_path / "r.git")
    assert git(tmp_path / "r.git", "show", f"{packed.commit}:a") == "changed"


async def test_linked_sparse_shallow_and_bare_repositories_are_packed(repo: Path, tmp_path: Path) -> None:
    for number in range(4):
        head = commit(repo, a=str(number))
    git(repo, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{repo}", "shallow")
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    git(tmp_path, "clone", "-q", "--sparse", str(repo), "sparse")
    for name in ("linked", "shallow", "bare.git", "sparse"):
        folder = tmp_path / name
        to = tmp_path / f"{name}-out"
        to.mkdir()
        if name != "bare.git":
            (folder / "b").write_text("dirty")
        packed = await pack(folder, dirty=True, out=to / "p")
        assert packed.base_commit == head, name
        files = await restored(packed.file, to)
        assert (files / "a").read_text() == "3", name
        assert (files / "b").read_text() == ("two\n" if name == "bare.git" else "dirty"), name
    assert (await inspect(tmp_path / "linked")).branch is None
    assert (await inspect(tmp_path / "bare.git")).is_bare


async def test_a_sparse_checkout_does_not_lose_what_is_not_checked_out(repo: Path, tmp_path: Path) -> None:
    (repo / "deep").mkdir()
    commit(repo, **{"deep/x": "kept"})
    git(tmp_path, "clone", "-q", "--sparse", str(repo), "sparse")
    assert not (tmp_path / "sparse/deep").exists()
    (tmp_path / "sparse/a").write_text("dirty")
    packed = await pack(tmp_path / "sparse", dirty=True, out=tmp_path / "p")
    assert (await restored(packed.file, tmp_path) / "deep/x").read_text() == "kept"


async def test_a_partial_clone_gives_its_last_commit(repo: Path, tmp_path: Path) -> None:
    for number in range(4):
        commit(repo, a=str(number))
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo}", "partial")
    packed = await pack(tmp_path / "partial", dirty=True, out=tmp_path / "p")
    assert (await restored(packed.file, tmp_path) / "a").read_text() == "3"
    assert any("partial clone" in note for note in packed.notes)


async def test_git_lfs_is_mentioned(repo: Path, tmp_path: Path) -> None:
    commit(repo, **{".gitattributes": "*.bin filter=lfs diff=lfs\n"})
    packed = await pack(repo, dirty=False, out=tmp_path / "p")
    assert any("LFS" in note for note in packed.notes)


async def test_a_large_file_does_not_pass_through_memory(repo: Path, tmp_path: Path) -> None:
    with (repo / "large.bin").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    tracemalloc.start()
    packed = await pack(repo, dirty=True, out=tmp_path / "p")
    await unpack(packed.file, tmp_path / "r.git")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert git(tmp_path / "r.git", "cat-file", "-s", f"{packed.commit}:large.bin") == str(200 * 1024 * 1024)
    assert peak < 16 * 1024 * 1024


async def test_a_repository_of_the_newer_hash_is_packed(tmp_path: Path) -> None:
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    commit(folder, a="one")
    (folder / "a").write_text("two")
    packed = await pack(folder, dirty=True, out=tmp_path / "p")
    assert len(packed.commit) == 64
    assert (await restored(packed.file, tmp_path) / "a").read_text() == "two"


async def test_a_header_can_not_bring_settings_along(repo: Path, tmp_path: Path) -> None:
    packed = await pack(repo, dirty=False, out=tmp_path / "packed")
    ran = tmp_path / "ran"
    settings = f'sha1\n[merge "x"]\n\tdriver = touch {ran}\n[core]\n\tattributesFile = {tmp_path}/attributes'
    forged = tmp_path / "forged"
    with forged.open("wb") as file:
        write_packed_header(file, msgspec.structs.replace(read_packed_header(packed.file)[0], object_format=settings))
    with pytest.raises(PackedFileError, match="no object format"):
        await unpack(forged, tmp_path / "restored.git")
    assert not (tmp_path / "restored.git").exists()


async def test_a_path_with_every_odd_character_works(tmp_path: Path) -> None:
    folder = tmp_path / 'we:ird "na\\me"\nline $x'
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, a="one")
    (folder / "a").write_text("two")
    packed = await pack(folder, dirty=True, out=tmp_path / "p")
    assert (await restored(packed.file, tmp_path) / "a").read_text() == "two"
