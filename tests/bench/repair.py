"""Figures of the repair engine over the corpus: one JSON line per case, then a summary.

    python tests/bench/repair.py [--budget-s 300] [--jobs 2] [--mutants N] [CASE ...]

The engine never sees the held-out tests. A false success is a case said to be solved whose visible suite is not
green on a fresh copy, whose tests were touched, or that nothing could rightly solve.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
TOOLBOX = ROOT / "workers" / "executor" / "toolbox"
HONEST = {"exhausted", "out_of_time", "nothing_failing", "no_tests", "not_importable"}


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    expect: str
    tree: Path
    change: tuple[str, str] | None = None


def main() -> int:
    args = _parse()
    cases = list(_mutants(args.mutants, args.seed)) if args.mutants else list(_cases(args.cases))
    began = time.monotonic()
    with ThreadPoolExecutor(args.jobs) as pool:
        rows = []
        for row in pool.map(lambda case: measure(case, args.budget_s), cases):
            print(json.dumps(row), flush=True)
            rows.append(row)
    print(json.dumps({"summary": summarise(rows), "wall_s": round(time.monotonic() - began, 1)}))
    return 1 if any(row["false_success"] for row in rows) else 0


def measure(case: Case, budget_s: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(case.tree, tree, ignore=shutil.ignore_patterns("heldout", "case.toml"))
        if case.change:
            (tree / case.change[0]).write_text(case.change[1], encoding="utf-8")
        answer, seconds, cpu_s = _search(tree, budget_s)
        solved = answer["status"] == "solved"
        green, heldout, clean = True, None, True
        if solved:
            clean = apply_edits(tree, answer["edits"])
            green = passes(tree, [])
            shutil.copytree(case.tree / "heldout", tree / "heldout")
            heldout = passes(tree, ["heldout"])
        return {
            "case": case.name,
            "class": case.kind,
            "expect": case.expect,
            "status": answer["status"],
            "seconds": round(seconds, 2),
            "cpu_s": round(cpu_s, 2),
            "tried": answer["tried"],
            "test_runs": answer["test_runs"],
            "heldout": heldout,
            "false_success": solved and (not green or not clean or case.expect == "give_up"),
            "edit": [[e["old_str"], e["new_str"]] for e in answer["edits"]],
            "reason": answer["reason"],
        }


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = [row for row in rows if row["expect"] == "solve"]
    done = [row for row in wanted if row["status"] == "solved" and not row["false_success"]]
    hopeless = [row for row in rows if row["expect"] == "give_up"]
    seconds = sorted(row["seconds"] for row in done) or [0.0]
    return {
        "solved": f"{len(done)} of {len(wanted)}",
        "heldout_passed": f"{sum(row['heldout'] is True for row in done)} of {len(done)}",
        "give_ups": f"{sum(row['status'] in HONEST for row in hopeless)} of {len(hopeless)}",
        "false_successes": sum(row["false_success"] for row in rows),
        "median_s": round(statistics.median(seconds), 2),
        "p90_s": seconds[int(0.9 * (len(seconds) - 1))],
        "max_s": seconds[-1],
        "median_cpu_s": round(statistics.median([row["cpu_s"] for row in done] or [0]), 2),
        "median_tried": statistics.median([row["tried"] for row in done] or [0]),
        "test_runs": sum(row["test_runs"] for row in rows),
        "give_up_max_s": max([row["seconds"] for row in hopeless], default=0.0),
        "not_solved": [row["case"] for row in wanted if row not in done],
        "overfitted": [row["case"] for row in done if row["heldout"] is False],
    }


def _search(tree: Path, budget_s: float) -> tuple[dict[str, Any], float, float]:
    """The answer, and the wall and processor seconds it took; the latter do not depend on who else is busy."""
    command = [sys.executable, "-m", "mycoder_repair", "search", "--budget-s", f"{budget_s:g}"]
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, cwd=tree, env=environment(TOOLBOX), stdout=output, stderr=output)
        _, _, usage = os.wait4(child.pid, 0)
        seconds, cpu_s = time.monotonic() - began, usage.ru_utime + usage.ru_stime
        output.seek(0)
        lines = output.read().decode().splitlines()
    try:
        answer: dict[str, Any] = json.loads(lines[-1])
    except (IndexError, ValueError):
        answer = {"status": "broken", "tried": 0, "test_runs": 0, "edits": [], "reason": "\n".join(lines)[-400:]}
    return answer, seconds, cpu_s


def apply_edits(tree: Path, edits: list[dict[str, Any]]) -> bool:
    """As an editor would: each old text must be there exactly once. False when a test was touched."""
    for edit in edits:
        file = tree / edit["path"]
        text = file.read_bytes().decode()
        if text.count(edit["old_str"]) != 1 or "test" in file.name:
            return False
        file.write_bytes(text.replace(edit["old_str"], edit["new_str"]).encode())
    return True


def passes(tree: Path, select: list[str]) -> bool:
    ignored = [] if select else ["--ignore=heldout"]
    command = [sys.executable, "-m", "mycoder_tests", "--limit-s", "10", "--", *ignored, *select]
    return subprocess.run(command, cwd=tree, env=environment(TOOLBOX), capture_output=True, check=False).returncode == 0


def environment(*paths: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}


def _cases(names: list[str]) -> Iterator[Case]:
    for file in sorted(CORPUS.glob("*/case.toml")):
        about = tomllib.loads(file.read_text(encoding="utf-8"))
        if not names or about["name"] in names:
            yield Case(about["name"], about["class"], about["expect"], file.parent)


def _mutants(count: int, seed: int) -> Iterator[Case]:
    """Single mutations of the correct programs that at least one visible test notices."""
    everything = []
    for program in sorted((CORPUS / "correct").iterdir()):
        for file in sorted(program.rglob("*.py")):
            path = file.relative_to(program).as_posix()
            if "test" not in path and not path.startswith("heldout"):
                everything += [(program, path, *m) for m in mutations(file.read_text(encoding="utf-8"))]
    random.Random(seed).shuffle(everything)  # noqa: S311
    found = 0
    for program, path, kind, line, text in everything:
        if found == count:
            return
        if _noticed(program, path, text):
            found += 1
            yield Case(f"{program.name}:{path}:{line}:{kind}", kind, "solve", program, (path, text))


def _noticed(program: Path, path: str, text: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(program, tree, ignore=shutil.ignore_patterns("heldout"))
        (tree / path).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "mycoder_tests", "--limit-s", "3"]
        done = subprocess.run(command, cwd=tree, env=environment(TOOLBOX), capture_output=True, check=False)
        return done.returncode == 1


def mutations(text: str) -> Iterator[tuple[str, int, str]]:
    """(kind, line, mutated source); written back with ast.unparse, so only the fault is of interest."""
    plain = ast.unparse(ast.parse(text))
    nodes = list(ast.walk(ast.parse(plain)))
    for index, node in enumerate(nodes):
        for kind, change in _changes(node):
            tree = ast.parse(plain)
            target = list(ast.walk(tree))[index]
            change(target)
            mutated = ast.unparse(ast.fix_missing_locations(tree))
            if mutated != plain:
                yield kind, getattr(node, "lineno", 0), mutated + "\n"


COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
ARITH = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Div, ast.Div: ast.FloorDiv}
CALLS = {"max": "min", "min": "max", "append": "extend", "lower": "upper", "popleft": "pop", "sorted": "list"}


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARE:
        yield "compare", lambda n: n.ops.__setitem__(0, COMPARE[type(n.ops[0])]())
    if isinstance(node, ast.BinOp) and type(node.op) in ARITH:
        yield "arith", lambda n: setattr(n, "op", ARITH[type(n.op)]())
    if isinstance(node, ast.BoolOp):
        yield "bool", lambda n: setattr(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And())
        yield "operand", lambda n: n.values.pop()
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "number", lambda n: setattr(n, "value", n.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "flag", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.If):
        yield "negated", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
        if not node.orelse:
            yield "guard lost", lambda n: setattr(n, "test", ast.Constant(False))
    if isinstance(node, ast.Call) and len(node.args) == 2:
        yield "arguments", lambda n: n.args.reverse()
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in CALLS:
        yield "call", lambda n: setattr(n, "id", CALLS[n.id])
    if isinstance(node, ast.Attribute) and node.attr in CALLS:
        yield "call", lambda n: setattr(n, "attr", CALLS[n.attr])
    if isinstance(node, ast.FunctionDef) and len(node.body) > 2:
        for place in range(len(node.body) - 1):
            if isinstance(node.body[place], ast.Expr | ast.AugAssign) and not _documents(node.body[place]):
                yield "statement lost", lambda n, p=place: n.body.pop(p)


def _documents(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the repair engine.")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--budget-s", type=float, default=300.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mutants", type=int, default=0, help="measure this many mutants instead of the corpus")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
