"""The editor does exactly what was asked, or what was certainly meant, or says why not and changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.executor.toolbox.mycoder_files.ladder import Several, find_loosely
from mycoderai.workers.executor.toolbox.mycoder_files.lines import split
from tests.unit.toolbox_programs import call, contents, refusal

TOOL = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox" / "mycoder_tool.py"
METHOD = "class A:\n    def f(self):\n        if x:\n            return 1\n\n    def g(self):\n        pass\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(METHOD)
    return tmp_path


def replace(root: Path, old: str, new: str, path: str = "a.py") -> str:
    return call("edit", root, command="str_replace", path=path, old_str=old, new_str=new)


def refuse(root: Path, old: str, new: str, path: str = "a.py") -> str:
    return refusal("edit", root, command="str_replace", path=path, old_str=old, new_str=new)


def test_as_a_program_it_reads_json_and_answers_with_an_exit_code(root: Path) -> None:
    (root / "json.py").write_text("raise SystemExit('the workspace was imported')")
    for command, exit_code, words in (("view", 0, "class A:"), ("create", 1, "a.py exists")):
        request = json.dumps({"command": command, "path": "a.py", "file_text": "é"})
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(TOOL), "edit"], input=request.encode(), cwd=root, capture_output=True
        )
        assert (done.returncode, done.stderr) == (exit_code, b"")
        assert words in done.stdout.decode()


def test_an_exact_match_is_replaced_and_shown_with_its_line(root: Path) -> None:
    assert replace(root, "return 1", "return 2").startswith("Replaced at line 4 of a.py.\n     1\tclass A:")
    assert (root / "a.py").read_text() == METHOD.replace("return 1", "return 2")


def test_absolute_paths_of_the_workspace_are_paths_too(root: Path) -> None:
    assert "at line 4 of a.py" in replace(root, "return 1", "return 2", path=str(root / "a.py"))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "", " ", "a\0b", "link", "/"])
def test_no_path_leads_out(root: Path, path: str) -> None:
    (root / "link").symlink_to("/etc/passwd")
    said = refusal("edit", root, command="view", path=path)
    assert "not inside the workspace" in said or "`path` is missing" in said


@pytest.mark.parametrize(
    ("old", "new", "ignored", "expected"),
    [
        (
            "if x:\n    return 1",
            "if y:\n    z()\n\n    return 1",
            "indentation",
            METHOD.replace("        if x:\n", "        if y:\n            z()\n\n"),
        ),
        (
            "            if x:\n                return 1\n",
            "            return 2\n",
            "indentation",
            METHOD.replace("        if x:\n            return 1\n", "        return 2\n"),
        ),
        ("\n\n    def g(self):\n        pass\n\n\n", "\n\n    g = f\n\n\n", "blank lines around it", None),
        ("    def g(self):  \n        pass\t", "    g = f", "whitespace at line ends", None),
        ("def g(self): \n    pass", "g = f", "whitespace at line ends and indentation", None),
        ("    def g(self):\r\n        pass\r\n", "    g = f\r\n", "", None),
    ],
)
def test_whitespace_that_was_copied_badly_is_fitted_to_the_file(
    root: Path, old: str, new: str, ignored: str, expected: str | None
) -> None:
    said = replace(root, old, new)
    assert ("matched loosely" in said) == bool(ignored)
    assert f"differed from the file in {ignored}," in said or not ignored
    assert (root / "a.py").read_text() == (expected or METHOD.replace("    def g(self):\n        pass", "    g = f"))


def test_indentation_that_differs_from_line_to_line_is_no_match(root: Path) -> None:
    said = refuse(root, "if x:\nreturn 1", "pass")
    assert "does not occur" in said
    assert "     3\t        if x:\n     4\t            return 1" in said


def test_a_loose_match_in_two_places_is_refused_with_both_lines(root: Path) -> None:
    (root / "a.py").write_text("if a:\n    x = 1\n    y = 2\nelse:\n      x = 1\n      y = 2\n")
    assert "occurs, but for indentation, at lines 2, 5." in refuse(root, "  x = 1\n  y = 2", "  z")


def test_an_exact_match_in_several_places_is_refused_with_all_lines(root: Path) -> None:
    assert "occurs at lines 2, 6." in refuse(root, "(self)", "()")
    (root / "a.py").write_text("a a a" * 9)
    assert "and more" in refuse(root, "a", "b")


def test_what_is_applied_already_is_said_to_be(root: Path) -> None:
    assert "seems to be applied already" in refuse(root, "return 0", "return 1")
    replace(root, "class A:\n", "class A:\n    x: int\n")
    assert "seems to be applied" in refuse(root, "class A:\n", "class A:\n    x: int\n")


def test_nearest_lines_come_with_numbers_and_only_when_they_are_near(root: Path) -> None:
    assert "     4\t            return 1" in refuse(root, "        retrun  1;", "x")
    assert "nearest" not in refuse(root, "import antigravity", "x")


def test_endings_and_a_missing_last_newline_stay(root: Path) -> None:
    (root / "dos.txt").write_bytes(b"one\r\ntwo\r\nthree")
    replace(root, "one\ntwo", "1\n2", "dos.txt")
    replace(root, "three  ", "3\n4", "dos.txt")
    call("edit", root, command="insert", path="dos.txt", insert_line=4, new_str="5\n6\n")
    call("edit", root, command="insert", path="dos.txt", insert_line="0", new_str="0")
    assert (root / "dos.txt").read_bytes() == b"0\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6"


def test_bytes_that_are_no_utf8_and_the_rights_of_a_file_stay(root: Path) -> None:
    (root / "latin").write_bytes(b"caf\xe9 \x0c one\n")
    (root / "latin").chmod(0o755)
    replace(root, "one", "two", "latin")
    assert (root / "latin").read_bytes() == b"caf\xe9 \x0c two\n"
    assert (root / "latin").stat().st_mode & 0o777 == 0o755
    assert list(root.glob(".new-*")) == []


def test_what_is_no_text_is_refused(root: Path) -> None:
    (root / "bin").write_bytes(b"\0\1")
    (root / "folder").mkdir()
    assert "not a text file" in refuse(root, "a", "b", "bin")
    assert "not a file" in refuse(root, "a", "b", "folder")
    assert "does not exist" in refuse(root, "a", "b", "none.py")
    assert "`old_str` must be text" in refusal("edit", root, command="str_replace", path="a.py", old_str=["a"])


def test_undo_takes_back_one_edit_after_the_other(root: Path) -> None:
    first = contents(root)
    replace(root, "return 1", "return 2")
    second = contents(root)
    call("edit", root, command="insert", path="a.py", insert_line=0, new_str="# new")
    third = contents(root)
    call("edit", root, command="create", path="b/c.py", file_text="x")
    for path, expected in (("b/c.py", third), ("a.py", second), ("a.py", first)):
        assert call("edit", root, command="undo_edit", path=path).startswith("Undone:")
        assert contents(root) == expected
    assert "no edit of a.py to undo" in refusal("edit", root, command="undo_edit", path="a.py")


def test_undo_does_not_touch_what_something_else_changed(root: Path) -> None:
    replace(root, "return 1", "return 2")
    (root / "a.py").write_text("# by a command\n")
    assert "changed by something else" in refusal("edit", root, command="undo_edit", path="a.py")
    (root / "a.py").unlink()
    assert "changed by something else" in refusal("edit", root, command="undo_edit", path="a.py")


def test_an_edit_counts_even_where_it_cannot_be_remembered(root: Path) -> None:
    (root / ".git").write_text("gitdir: elsewhere")
    assert "cannot be undone" in replace(root, "return 1", "return 2")
    assert "return 2" in (root / "a.py").read_text()


@pytest.mark.parametrize("view_range", [[2, 3], ["2", "3"], "[2, 3]", "2,3", "2-3", [2.0, 3]])
def test_a_range_is_understood_however_it_is_written(root: Path, view_range: object) -> None:
    said = call("edit", root, command="view", path="a.py", view_range=view_range)
    assert said == "     2\t    def f(self):\n     3\t        if x:"


@pytest.mark.parametrize("view_range", [[9, 10], [0, 3], [3, 2], "all", [1], {"a": 1}, [None, 2], [1e400, 2]])
def test_a_range_that_makes_no_sense_is_refused(root: Path, view_range: object) -> None:
    assert "view_range" in refusal("edit", root, command="view", path="a.py", view_range=view_range)


def test_long_files_and_full_folders_are_cut_with_advice(root: Path) -> None:
    (root / "long").write_text("".join(f"line {number}\n" for number in range(5000)))
    said = call("edit", root, command="view", path="long")
    last = int(said.splitlines()[-2].split("\t")[0])
    assert len(said) < 17_000
    assert f"[cut: view_range [{last + 1}, 5000] shows what follows" in said
    (root / "wide").write_text("x" * 100_000)
    assert "line 1 is very long" in call("edit", root, command="view", path="wide")
    for number in range(600):
        (root / f"f{number:03}").touch()
    listed = call("edit", root, command="view", path=".").splitlines()
    assert (listed[0], len(listed)) == ("a.py", 501)
    assert "more left out" in listed[-1]


def test_a_folder_is_shown_two_levels_deep_without_what_is_hidden(root: Path) -> None:
    (root / "p" / "q" / "r").mkdir(parents=True)
    (root / ".hidden").touch()
    (root / "p" / "loop").symlink_to(root)
    assert call("edit", root, command="view", path=".").splitlines() == ["a.py", "p/", "p/loop", "p/q/"]


TEXTS = st.text(alphabet="ab \t\n\r\f\u2028é", max_size=40)


@given(TEXTS)
def test_lines_put_together_again_are_the_text(text: str) -> None:
    assert split(text).joined() == text


@given(TEXTS, TEXTS, TEXTS)
def test_a_loose_match_changes_nothing_but_its_lines(before: str, old: str, new: str) -> None:
    file = split(before)
    try:
        found = find_loosely(file, old, new)
    except Several:
        return
    if found is None:
        return
    head, tail = file.texts[: found.start], file.texts[found.start + found.count :]
    there = file.texts[found.start : found.start + found.count]
    assert " ".join(there).split() == old.split()
    ended = bool(file.ends[-1])
    file.splice(found.start, found.count, found.replacement)
    assert file.texts == [*head, *found.replacement, *tail]
    assert not file.ends or bool(file.ends[-1]) == ended
    assert all(file.ends[:-1])
