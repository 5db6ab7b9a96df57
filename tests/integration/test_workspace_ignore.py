"""The ignore rules against git's own."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.workers.executor.ignore import IgnoreRules

_PIECES = [
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "/",
    "[ab]",
    "[!a]",
    "[a-b]",
    "\\a",
    "\\*",
    "!",
    "#",
    " ",
    "[[:alpha:]]",
    "[]a]",
    ".",
]
_PATTERNS = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)
_PATHS = st.lists(st.sampled_from(["a", "b", "ab", "ba", "a.b", "*", "!a", "#a", "a b"]), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ignore")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@settings(max_examples=80, deadline=None)
@given(patterns=st.lists(_PATTERNS, min_size=1, max_size=4), paths=st.lists(_PATHS, min_size=1, max_size=12))
def test_a_file_is_ignored_exactly_when_git_says_so(
    repository: Path, patterns: list[str], paths: list[list[str]]
) -> None:
    content = ("\n".join(patterns) + "\n").encode()
    (repository / ".gitignore").write_bytes(content)
    rules = IgnoreRules(content)
    ours = {"/".join(path): _is_ignored(rules, path) for path in paths}
    assert ours == {path: path in _git_ignored(repository, list(ours)) for path in ours}, patterns


def _is_ignored(rules: IgnoreRules, path: list[str]) -> bool:
    parts = [part.encode() for part in path]
    return any(rules.verdict(parts[:length], is_folder=length < len(parts)) for length in range(1, len(parts) + 1))


def _git_ignored(repository: Path, paths: list[str]) -> set[str]:
    checked = subprocess.run(
        ["git", "-C", str(repository), "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
    )
    assert checked.returncode in (0, 1), checked.stderr
    return set(checked.stdout.decode().split("\0"))
