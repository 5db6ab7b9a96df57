"""The map of a repository shows first what others use, is the same every time, and runs nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mycoderai.workers.executor.toolbox.mycoder_files.declarations import PATTERNS, declarations
from mycoderai.workers.executor.toolbox.mycoder_files.python_source import python_declarations
from tests.unit.toolbox_programs import call

TOOL = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox" / "mycoder_tool.py"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_what_others_use_comes_first_and_tests_last(tmp_path: Path) -> None:
    files = {
        "README.md": "core_total",
        "alone.py": "def never_called(): pass\n",
        "core.py": "open('made', 'w')\ndef core_total(items, *, start=0, **rest): pass\nclass Core(Base):\n"
        "    def first(self): pass\n    def _hidden(self): pass\n",
        "one.py": "from core import core_total\n",
        "two.py": "from core import core_total\ndef two_way(): pass\n",
        "tests/test_core.py": "from core import Core\ndef test_helper(): pass\n",
        "tests/test_two.py": "import two\ndef use(): test_helper(), two.two_way()\n",
    }
    shown = call("repo_map", write(tmp_path, files))
    assert shown.splitlines()[:7] == [
        "core.py",
        "  def core_total(items, *, start, **rest)",
        "  class Core(Base): first",
        "two.py",
        "  def two_way()",
        "tests/test_core.py",
        "  def test_helper()",
    ]
    assert shown.endswith("[6 source files of 7. At the top: README.md]")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("budget", [300, 700, "2000", 6000])
def test_the_budget_holds_and_every_process_draws_the_same_map(tmp_path: Path, budget: object) -> None:
    source = "".join(f"def shared_{number}(a, b): return a\n" for number in range(30))
    write(tmp_path, {f"p{n}/m{n}.py": source.replace("shared_1", f"own_{n}") for n in range(60)})
    maps = {
        subprocess.run(
            [sys.executable, "-S", str(TOOL), "map"],
            input=json.dumps({"budget": budget}).encode(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(maps) == 1
    assert len(maps.pop().decode()) <= int(str(budget)) + 1


def test_files_that_do_not_parse_are_read_by_their_looks(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "old.py": "print 'x'\ndef old_style(a): pass\n",
            "bad.py": "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
        },
    )
    assert "old.py\n  def old_style(a): pass" in call("repo_map", tmp_path)
    assert python_declarations("(" * 10_000) is None


@pytest.mark.parametrize(
    ("kind", "source", "names"),
    [
        (
            "js",
            "export default async function load() {}\nconst f = (a) => 1\nlet n = 3\nclass A {}\n  function in() {}",
            "load f A",
        ),
        (
            "ts",
            "export interface Run {}\nexport type Id = string\nexport const g = async (x: T): R => x\nenum E {}",
            "Run Id g E",
        ),
        (
            "go",
            "func Start() {}\nfunc (s *Server) Stop() error {\ntype Server struct {\nvar x = 1",
            "Start Stop Server",
        ),
        ("rs", "pub(crate) async fn go() {}\nstruct A;\nimpl A {\n    fn inner() {}\n}\nmacro_rules! m {", "go A m"),
        ("java", "public final class A {\n    private static class B {}\n}\ninterface C {}", "A B C"),
        ("kt", "data class P(val x: Int)\nfun top() = 1\n    fun method() {}", "P top method"),
        (
            "c",
            "struct point { int x; };\nstatic int add(int a, int b)\n{\n    return sub(a);\n}\nint x = f(1);",
            "point add",
        ),
        ("cpp", "namespace n {\nclass A : B {\nvoid A::run(int x) {\nif (x) {", "n A run"),
        ("rb", "class A\n  def self.make(x)\n  def go?\n", "A make go"),
        ("php", "<?php\nabstract class A {\n  public function go() {}", "A go"),
        ("sh", "start() {\n  x\n}\nfunction stop() {", "start stop"),
        ("lua", "local function a()\nfunction M.b(x)", "a b"),
        ("ex", "defmodule A.B do\n  def go(x) do", "B go"),
    ],
)
def test_other_languages_are_read_by_their_looks(kind: str, source: str, names: str) -> None:
    assert [declaration.name for declaration in declarations(source, kind)] == names.split()


def test_no_pattern_takes_long_on_a_hostile_file() -> None:
    hostile = ["a" * 60_000, "a " * 30_000, "(" * 60_000, "\n" * 60_000, "const a: " * 7_000, ("x*" * 190 + "\n") * 150]
    began = time.process_time()
    for kind in PATTERNS:
        for text in hostile:
            declarations(text, kind)
    assert time.process_time() - began < 15


@pytest.mark.slow
def test_two_thousand_files_take_no_more_than_two_seconds(tmp_path: Path) -> None:
    body = (Path(__file__).parent / "test_toolbox_patch.py").read_text()
    for number in range(2000):
        folder = tmp_path / f"p{number % 40}"
        folder.mkdir(exist_ok=True)
        text = body.replace("test_", f"part_{number}_", 3).replace("refuse", f"part_{(number * 7) % 2000}_")
        (folder / f"m{number}.py").write_text(text)
    spent = []
    for _ in range(2):
        before = os.times()
        subprocess.run(
            [sys.executable, "-I", "-S", str(TOOL), "map"], input=b"{}", cwd=tmp_path, check=True, capture_output=True
        )
        after = os.times()
        spent.append(after.children_user - before.children_user + after.children_system - before.children_system)
    assert min(spent) < 2.0
