"""Names and ignore rules of a workspace, decided without looking at a disk."""

import os
import time
from pathlib import Path

import pytest

from mycoderai.workers.executor.ignore import IgnoreRules
from mycoderai.workers.executor.objects import FILE
from mycoderai.workers.executor.restore import UnsafeTree, nested
from mycoderai.workers.executor.tree import Entry, is_git_name, is_settled


@pytest.mark.parametrize(
    "name", [".git", ".GIT", ".Git ", ".git.", ".git. .", "git~1", "GIT~1", ".git::$INDEX", ".g\u200cit", ".git\\x"]
)
def test_every_spelling_of_the_git_folder_is_known(name: str) -> None:
    assert is_git_name(name)


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes", ".github", "git", "git~2", "x.git", ".gitx", "é"])
def test_other_names_are_ordinary(name: str) -> None:
    assert not is_git_name(name)


@pytest.mark.parametrize("path", ["../a", "a/../b", "/a", "a//b", "a/.git/hooks/x", "a/.", ".GIT/config"])
def test_a_tree_with_a_path_that_leads_away_is_refused(path: str) -> None:
    with pytest.raises(UnsafeTree):
        nested({path: Entry(FILE, "0" * 40)})


def test_a_tree_with_a_file_that_is_also_a_folder_is_refused() -> None:
    with pytest.raises(UnsafeTree):
        nested({"a": Entry(FILE, "0" * 40), "a/b": Entry(FILE, "0" * 40)})


def test_a_rule_made_to_take_for_ever_does_not() -> None:
    """The ignore file is written by the code under work."""
    began = time.process_time()
    rules = IgnoreRules(b"*a" * 400 + b"b\n" + b"**/a/" * 150 + b"b\n" + b"[a-z]*" * 150 + b"1\n")
    assert rules.verdict([b"a" * 250], is_folder=False) is None
    assert rules.verdict([b"a"] * 250, is_folder=False) is None
    assert time.process_time() - began < 0.5


def test_a_file_changed_in_this_tick_of_the_clock_is_read_again(tmp_path: Path) -> None:
    """A second write in the same tick of the kernel's clock leaves the same times."""
    found = os.stat(tmp_path)
    assert not is_settled(found, found.st_ctime_ns)
    assert not is_settled(found, found.st_ctime_ns + 10_000_000)
    assert is_settled(found, found.st_ctime_ns + 30_000_000)
