"""A patch changes all of its files as it says, or none of them, and says which part did not fit."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.executor.toolbox.mycoder_files.lines import split
from mycoderai.workers.executor.toolbox.mycoder_files.patch import read_patch
from mycoderai.workers.executor.toolbox.mycoder_files.patch_apply import apply
from mycoderai.workers.executor.toolbox.mycoder_files.request import Refused
from tests.unit.toolbox_programs import call, contents, refusal

CODE = """class A:
    def run(self):
        start()
        stop()


class B:
    def run(self):
        start()
        stop()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "b.txt").write_text("one\ntwo\nthree\n")
    return tmp_path


def patch(root: Path, body: str) -> str:
    return call("patch", root, patch=f"*** Begin Patch\n{body}*** End Patch\n")


def refuse(root: Path, body: str) -> str:
    return refusal("patch", root, patch=f"*** Begin Patch\n{body}*** End Patch\n")


def test_add_delete_move_and_update_in_one_patch(root: Path) -> None:
    (root / "run.sh").write_text("echo 1\n")
    (root / "run.sh").chmod(0o755)
    said = patch(
        root,
        "*** Add File: new/c.py\n+x = 1\n+\n+y = 2\n"
        "*** Delete File: a.py\n"
        "*** Update File: b.txt\n@@\n one\n-two\n+2\n three\n"
        "*** Update File: run.sh\n*** Move to: bin/go.sh\n@@\n-echo 1\n+echo 2\n",
    )
    assert said.splitlines() == [
        "Added new/c.py.",
        "Deleted a.py.",
        "Updated b.txt: 1 hunk, at line 1, fuzz 0.",
        "Moved run.sh to bin/go.sh: 1 hunk, at line 1, fuzz 0.",
    ]
    assert contents(root) == {
        "b.txt": b"one\n2\nthree\n",
        "bin/go.sh": b"echo 2\n",
        "new/c.py": b"x = 1\n\ny = 2\n",
    }
    assert (root / "bin/go.sh").stat().st_mode & 0o777 == 0o755


def test_stacked_headers_choose_between_equal_places(root: Path) -> None:
    patch(root, "*** Update File: a.py\n@@ class B:\n@@     def run(self):\n-        stop()\n+        halt()\n")
    assert (root / "a.py").read_text() == CODE[:-15] + "        halt()\n"


def test_without_a_header_equal_places_are_refused(root: Path) -> None:
    said = refuse(root, "*** Update File: a.py\n@@\n         start()\n-        stop()\n+        halt()\n")
    assert "Hunk 1 of a.py (line 3 of the patch) fits in 2 places, at lines 3, 9." in said


def test_the_line_numbers_of_a_unified_diff_choose_too(root: Path) -> None:
    body = "@@ -9,2 +9,2 @@ class B:\n         start()\n-        stop()\n+        halt()\n"
    call("patch", root, patch=f"--- a/a.py\n+++ b/a.py\n{body}")
    assert (root / "a.py").read_text() == CODE[:-15] + "        halt()\n"
    patch(root, f"*** Update File: a.py\n{body.replace('-9,2 +9,2', '-3,2 +3,2')}")
    assert "stop" not in (root / "a.py").read_text()


def test_end_of_file_means_the_last_of_equal_places(root: Path) -> None:
    patch(root, "*** Update File: a.py\n         start()\n         stop()\n+        done()\n*** End of File\n")
    assert (root / "a.py").read_text() == f"{CODE}        done()\n"


@pytest.mark.parametrize(
    ("hunk", "fuzz"),
    [
        ("@@ class B:\n def run(self):\n     start()\n-    stop()\n+    halt()\n", "indentation"),
        ("@@ class B:\n     def run(self):  \n         start()\n-        stop()\n+        halt()\n", "whitespace"),
        (
            "@@ class C:\n class B:\n     def run(self):\n         start()\n-        stop()\n+        halt()\n",
            "its header",
        ),
    ],
)
def test_what_had_to_be_ignored_is_reported_as_fuzz(root: Path, hunk: str, fuzz: str) -> None:
    said = patch(root, f"*** Update File: a.py\n{hunk}")
    assert f"fuzz 1: hunk 1 but for {fuzz}" in said
    assert (root / "a.py").read_text() == CODE[:-15] + "        halt()\n"


def test_one_hunk_that_does_not_fit_keeps_every_file_as_it_was(root: Path) -> None:
    said = refuse(
        root,
        "*** Add File: c.py\n+x\n*** Update File: b.txt\n@@\n-one\n+1\n@@\n two\n-threee\n+3\n",
    )
    assert "Hunk 2 of b.txt (line 8 of the patch) does not fit" in said
    assert "     2\ttwo\n     3\tthree" in said


def test_a_file_that_cannot_be_written_keeps_every_file_as_it_was(root: Path) -> None:
    said = refuse(
        root, "*** Update File: a.py\n@@ class A:\n-        stop()\n+        halt()\n*** Add File: b.txt/c\n+x\n"
    )
    assert "b.txt/c" in said
    assert list(root.glob("**/.new-*")) == []


@pytest.mark.parametrize(
    "body",
    [
        "*** Update File: b.txt\n@@\n one\n-two\n+2\n three\n",
        "*** Update File: b.txt\n@@\n three\n+four\n",
        "*** Update File: b.txt\n@@\n+zero\n one\n",
        "*** Update File: b.txt\n@@\n+four\n",
        "*** Add File: c.py\n+x\n",
    ],
)
def test_a_patch_that_is_applied_already_is_said_to_be(root: Path, body: str) -> None:
    patch(root, body)
    assert "applied already" in refuse(root, body)


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "~/x", "link/x"])
def test_no_path_leads_out(root: Path, path: str) -> None:
    (root / "link").symlink_to("/tmp")
    said = refuse(root, f"*** Add File: {path}\n+x\n")
    assert "stay in the workspace" in said or "not inside the workspace" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("print(1)", "This is no patch"),
        ("*** Begin Patch\n*** Update File: a.py\n@@\n-x", "seems to be cut off"),
        ("*** Begin Patch\n*** End Patch", "names no files"),
        ("*** Begin Patch\n*** Change File: a\n*** End Patch", "line 2: a file section was expected"),
        ("*** Begin Patch\n*** Add File: a\nx\n*** End Patch", "line 3: every line of an added file"),
        ("*** Begin Patch\n*** Update File: a.py\n@@\nclass\n*** End Patch", "line 4: a line of a hunk begins"),
        ("*** Begin Patch\n*** Update File: a.py\n@@\n*** End Patch", "line 3: the hunk has no lines"),
        ("*** Begin Patch\n*** Update File: a.py\n*** End Patch", "the update of a.py changes nothing"),
        ("*** Begin Patch\n*** Update File: z.py\n@@\n-x\n*** End Patch", "z.py does not exist"),
        ("*** Begin Patch\n*** Delete File: z.py\n*** End Patch", "z.py does not exist"),
        ("*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch", "a.py exists; use"),
        ("*** Begin Patch\n*** Update File: a.py\n*** Move to: b.txt\n*** End Patch", "b.txt exists"),
        ("*** Begin Patch\n*** Delete File: a.py\n*** Delete File: a.py\n*** End Patch", "removed earlier"),
        ("--- a/a.py\n+++ b/a.py\n", "no hunk"),
        ("@@ -1 +1 @@\n-x\n+y\n", "before any"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n", "binary"),
        ("diff --git a/x b/y\ncopy from x\ncopy to y\n", "copies"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(root: Path, text: str, reason: str) -> None:
    assert reason in refusal("patch", root, patch=text)


@pytest.mark.parametrize("wrapped", ["```diff\n{}```", "apply_patch <<'EOF'\n{}EOF\n", "Here it is:\n\n{}\nDone."])
def test_what_models_wrap_patches_in_is_taken_off(root: Path, wrapped: str) -> None:
    body = "*** Begin Patch\n*** Update File: b.txt\n@@\n-two\n+2\n*** End Patch\n"
    call("patch", root, patch=wrapped.format(body))
    assert (root / "b.txt").read_text() == "one\n2\nthree\n"


def test_endings_and_a_missing_last_newline_stay(root: Path) -> None:
    (root / "dos.txt").write_bytes(b"one\r\ntwo\nthree\r\nfour")
    patch(root, "*** Update File: dos.txt\n@@\n one\n-two\n+2\n three\n-four\n+4\n+5\n")
    assert (root / "dos.txt").read_bytes() == b"one\r\n2\r\nthree\r\n4\r\n5"


def test_gits_own_diffs_are_understood(tmp_path: Path) -> None:
    """Whatever `git diff` writes between two trees makes one of the other."""
    old, new = tmp_path / "old", tmp_path / "new"
    states = {
        old: {
            "keep": "".join(f"{n}\n" for n in range(60)),
            "gone": "x\n",
            "was here": "a\nb\nc\n",
            "é": "1",
            "empty": "",
        },
        new: {"keep": "".join(f"{n if n % 25 else n + 100}\n" for n in range(60)), "d/now": "a\nb\nC\n", "é": "2\n"},
    }
    states[new] |= {"fresh": "no newline", "hollow": ""}
    for folder, files in states.items():
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    argv = ["git", "diff", "--no-index", "-M40", "--src-prefix=a/", "--dst-prefix=b/", "old", "new"]
    diff = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True).stdout
    diff = diff.replace("a/old/", "a/").replace("b/new/", "b/").replace(" old/", " ").replace(" new/", " ")
    call("patch", old, patch=diff)
    assert contents(old) == contents(new)


LINES = st.lists(st.sampled_from(["a", "b", "", "  a", "--x", "++y", "@@"]), max_size=14)


@given(LINES, LINES, st.integers(1, 3))
def test_a_unified_diff_makes_one_file_of_the_other(before: list[str], after: list[str], context: int) -> None:
    diff = "\n".join(difflib.unified_diff(before, after, "a/f", "b/f", n=context, lineterm=""))
    if not diff:
        return
    file = split("".join(f"{line}\n" for line in before))
    apply(file, read_patch(diff).changes[0].hunks, "f")
    assert file.texts == after


def refusal_of(text: str) -> str:
    try:
        hunks = read_patch(text).changes[0].hunks
        apply(split("a\nb\n\na\n"), hunks, "f")
    except Refused as refused:
        return str(refused)
    return ""


@given(st.text(alphabet="*+-@ \\ab\n", max_size=80))
def test_any_text_is_a_patch_or_refused(text: str) -> None:
    for wrapped in (text, f"*** Begin Patch\n*** Update File: f\n{text}\n*** End Patch", f"--- f\n+++ f\n@@\n{text}"):
        refusal = refusal_of(wrapped)
        assert not refusal or "Nothing was changed" in refusal
