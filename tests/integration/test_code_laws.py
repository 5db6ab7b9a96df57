"""What holds for any two trees, with a real git: patches lead from one to the other, lists and patches agree."""

import tempfile
from pathlib import Path

from fleet_support import git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoderai.gateway.code.bounded import BoundedGit, Slots
from mycoderai.gateway.code.changes import changed_files
from mycoderai.gateway.code.files import changed_paths, content, directory, find
from mycoderai.gateway.code.patches import all_patches, one_patch

NAMES = st.sampled_from(
    ["a", "b.txt", "dir/c", "dir/d e", "dir/sub/ü.py", 'q"uote', "new\nline", "*", ":(top)x", "-p", "tab\t", "\\x41"]
)
LINES = st.lists(st.sampled_from(["one", "two", "three\r", "", "diff --git a/a b/a", "--- a/x", "\\ No", "é\x1b[31m"]))
TEXTS = LINES.map("\n".join) | LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))
BYTES = TEXTS.map(lambda text: text.encode()) | st.just(b"latin \xe9\n") | st.just("mode")
TREES = st.dictionaries(NAMES, BYTES, max_size=6)
FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def commit(repo: Path, files: dict[str, bytes]) -> str:
    """A tree of these files alone; `mode` stands for a program, `link` for a link."""
    git(repo, "rm", "-q", "-r", "-f", "--ignore-unmatch", ".")
    for name, data in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"#!\n" if data == "mode" else data)
        path.chmod(0o755 if data == "mode" else 0o644)
    git(repo, "add", "-A")
    return git(repo, "write-tree").strip()


def opened(folder: str) -> tuple[Path, BoundedGit]:
    repo = Path(folder) / "repo"
    repo.mkdir()
    git(repo, "init", "-q")
    return repo, BoundedGit(repo / ".git", Slots())


@FEW
@given(TREES, TREES)
async def test_the_patch_makes_the_new_tree_of_the_old(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo, bounded = opened(folder)
        new, old = commit(repo, after), commit(repo, before)
        written = await all_patches(bounded, old, new, 3, 1 << 20)
        patch = Path(folder) / "patch"
        patch.write_bytes(written.whole)
        if written.whole:
            git(repo, "apply", "--index", "--whitespace=nowarn", str(patch))
        assert git(repo, "write-tree").strip() == new
        assert not written.is_cut


@FEW
@given(TREES, TREES)
async def test_lists_patches_and_directories_agree(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo, bounded = opened(folder)
        new, old = commit(repo, after), commit(repo, before)
        listed = await changed_files(bounded, old, new)
        written = await all_patches(bounded, old, new, 3, 1 << 20)
        assert [file.path for file in listed] == [file.path for file in written.files]
        differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert {path for file in listed for path in (file.path, file.old_path) if path} == differ
        for file, patch in zip(listed, written.files, strict=True):
            lines = patch.data.partition(b"\n@@")[2].split(b"\n")
            assert file.additions == sum(line.startswith(b"+") for line in lines)
            assert file.deletions == sum(line.startswith(b"-") for line in lines)
            assert (await one_patch(bounded, old, new, file.path, 3)).files[0].data == patch.data
        changed, _ = await changed_paths(bounded, new, old, "")
        assert {entry.path for entry in changed} == {file.path for file in listed}


async def test_a_directory_of_ten_thousand_files_is_listed(tmp_path: Path) -> None:
    repo, bounded = opened(str(tmp_path))
    (repo / "one").write_text("one\n")
    blob = git(repo, "hash-object", "-w", "one").strip()
    listing = "".join(f"100644 blob {blob}\t{number:05}.txt\n" for number in range(10_000)).encode()
    tree = (await bounded.run("mktree", stdin=listing)).line
    top = (await bounded.run("mktree", stdin=f"040000 tree {tree}\tdata\n".encode())).line
    empty = (await bounded.run("mktree", stdin=b"")).line
    entries, more = await directory(bounded, top, empty, "data")
    assert (len(entries), more, entries[-1].path, entries[0].changed) == (10_000, False, "data/09999.txt", "A")
    changed, more = await changed_paths(bounded, top, empty, "")
    assert (len(changed), more, changed[0].size) == (10_000, False, 4)
    assert (await directory(bounded, top, top, "data"))[0][5].changed == ""


@FEW
@given(TREES)
async def test_every_file_of_a_tree_is_found_with_its_bytes(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo, bounded = opened(folder)
        tree = commit(repo, files)
        seen: dict[str, bytes] = {}
        waiting = [""]
        while waiting:
            entries, more = await directory(bounded, tree, tree, waiting.pop())
            assert not more
            waiting += [entry.path for entry in entries if entry.kind == "directory"]
            for entry in entries:
                assert entry.changed == ""
                if entry.kind == "file":
                    found = await find(bounded, tree, entry.path)
                    seen[entry.path] = (await content(bounded, found, None)).data
        assert seen == {name: b"#!\n" if data == "mode" else data for name, data in files.items()}
