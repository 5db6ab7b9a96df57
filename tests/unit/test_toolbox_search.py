"""Searching finds what a person would look for, in bounded output and bounded time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mycoderai.workers.executor.toolbox.mycoder_files.globs import compiled
from tests.unit.toolbox_programs import call, refusal

PACKAGE = "mycoderai.workers.executor.toolbox.mycoder_files"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "a.py": "import os\r\n\r\ndef total(items):\r\n    return 1\r\n",
        "src/deep/b.py": "total = 3\n\ttotals\n",
        "src/c.ts": "const total = 1\n",
        "README": "The total.\n",
        ".git/config": "total\n",
        "node_modules/x/i.js": "total\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, newline="")
    (tmp_path / "data.bin").write_bytes(b"total\0")
    (tmp_path / "huge.txt").write_bytes(b"total\n" * 200_000)
    (tmp_path / "link.py").symlink_to("a.py")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def found(root: Path, **request: object) -> list[str]:
    return call("search", root, **request).splitlines()


def test_matches_come_with_path_line_and_text_in_order(root: Path) -> None:
    assert found(root, pattern=r"\btotal") == [
        "README:1: The total.",
        "a.py:3: def total(items):",
        "src/c.ts:1: const total = 1",
        "src/deep/b.py:1: total = 3",
        "src/deep/b.py:2: \ttotals",
        "[5 matching lines in 4 files]",
        "(2 files were left out: binary, unreadable or over 1 MB.)",
    ]


def test_a_path_and_a_glob_narrow_it(root: Path) -> None:
    assert found(root, pattern="total", path="src")[-1] == "[3 matching lines in 2 files]"
    assert found(root, pattern="^const", path=str(root / "src" / "c.ts"))[0] == "src/c.ts:1: const total = 1"
    assert len(found(root, pattern="total", glob="*.ts")) == 2
    assert len(found(root, pattern="total", path="src", glob="deep/*.py")) == 3


def test_without_a_pattern_files_are_listed(root: Path) -> None:
    assert found(root, pattern="", glob="*.{py,ts}") == ["a.py", "src/c.ts", "src/deep/b.py", "[3 files]"]
    assert found(root, path="src") == ["src/c.ts", "src/deep/b.py", "[2 files]"]


def test_output_is_bounded_and_says_how_much_there_is(root: Path) -> None:
    (root / "many").write_text("hit\n" * 5000)
    lines = found(root, pattern="hit", max_results="7")
    assert (len(lines), lines[-2]) == (
        9,
        "[7 of 5000 matching lines in 1 files; narrow it with `path`, `glob` or a longer pattern]",
    )
    (root / "wide").write_text(f"{'x' * 1000}needle{'y' * 1000}\n" * 300)
    lines = found(root, pattern="needle", max_results=1000, path="wide")
    assert len("\n".join(lines)) < 26_000
    assert "needle" in lines[0]
    assert len(lines[0]) < 230


def test_a_pattern_that_is_none_is_searched_as_text(root: Path) -> None:
    lines = found(root, pattern="total(")
    assert lines[0] == "a.py:3: def total(items):"
    assert "no regular expression: missing )" in lines[-1]


def test_nothing_found_and_nowhere_to_look(root: Path) -> None:
    assert found(root, pattern="zebra")[0] == "Nothing matches."
    assert "does not exist" in refusal("search", root / "src", pattern="x", path="none")
    assert "not inside the workspace" in refusal("search", root / "src", pattern="x", path="..")
    assert "`pattern` must be text" in refusal("search", root / "src", pattern=["x"])


def test_a_pattern_that_never_ends_is_stopped(tmp_path: Path) -> None:
    """In a process of its own: the limit is a signal."""
    (tmp_path / "a.txt").write_text("aab\n")
    (tmp_path / "b.txt").write_text("a" * 40 + "\n")
    program = (
        f"import {PACKAGE}.search as search\nsearch.LIMIT_S = 0.2\nprint(search.run({{'pattern': '^(a+)+b$'}}, '.'))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith("a.txt:1: aab\n"), done.stderr
    assert "Stopped after 0.2 s in b.txt" in done.stdout


@pytest.mark.parametrize(
    ("glob", "matching", "other"),
    [
        ("*.py", ["a.py", "x/a.py"], ["a.pyc", "py"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "a.py"]),
        ("src/**/*.py", ["src/a.py", "src/x/y/a.py"], ["a.py"]),
        ("**/test_?.py", ["test_1.py", "x/test_a.py"], ["test_10.py"]),
        ("*.{js,ts}", ["a.js", "x/b.ts"], ["a.py"]),
        ("[!a]*", ["b", "x/b"], ["a"]),
        ("/top/*", ["top/x"], ["x/top/x"]),
        ("src/**", ["src/a", "src/b/c"], ["a"]),
        ("{unclosed", ["unclosed"], ["x"]),
        ("[unclosed", ["[unclosed"], ["x"]),
        ("[z-a]", ["[z-a]"], ["x"]),
    ],
)
def test_globs(glob: str, matching: list[str], other: list[str]) -> None:
    pattern = compiled(glob)
    assert [path for path in (*matching, *other) if pattern.fullmatch(path)] == matching
