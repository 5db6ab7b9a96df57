"""Runs a project's tests and always ends with one JSON report.

    python -m mycoder_tests [--report FILE] [--limit-s N] [--wall-s N] [--select NODEID ...] [-- pytest args]

pytest runs in a child process with the plugin `mycoder_pytest`. A test that kills or hangs the interpreter is
recorded as `crashed` or `timeout`, and a new child goes on with the tests after it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mycoder_clock import Allowance  # type: ignore[import-not-found]
from mycoder_plugins import idle_plugins  # type: ignore[import-not-found]
from mycoder_report import OUTCOMES, exit_code, last, short_json, summary  # type: ignore[import-not-found]

MAX_RESTARTS = 12
KILL_GRACE_S = 2.0
TAIL_CHARS = 2_000
PLAIN_CONFIG = ["-o", "addopts=", "-o", "required_plugins=", "-W", "ignore::pytest.PytestConfigWarning"]


@dataclass
class Attempt:
    """One child process and what its event file says."""

    exit_code: int
    output: str
    out_of_time: bool
    hung: bool = False
    session: bool = False
    collected: list[str] | None = None
    collecting: str | None = None
    running: tuple[str, float] | None = None
    tests: list[dict[str, Any]] = field(default_factory=list)
    collect_errors: list[dict[str, str]] = field(default_factory=list)
    finished: bool = False


@dataclass
class Options:
    limit_s: float
    ends: float
    select: list[str]
    pytest_args: list[str]
    notes: list[str] = field(default_factory=list)


def main(argv: list[str] | None = None) -> int:
    args = _parse(sys.argv[1:] if argv is None else argv)
    options = Options(args.limit_s, time.monotonic() + args.wall_s, args.select, args.pytest_args)
    report = run(options)
    if args.report:
        Path(args.report).write_text(json.dumps(report), encoding="utf-8")
    print(summary(report))
    print(short_json(report))
    return int(report["exit_code"])


def run(options: Options) -> dict[str, Any]:
    """Run the suite, in as many child processes as crashes make necessary."""
    tests: dict[str, dict[str, Any]] = {}
    options.pytest_args = [*idle_plugins(Path.cwd()), *options.pytest_args]
    attempt = _attempt(options, [])
    if not attempt.session and not attempt.out_of_time:
        options.notes.append(
            "pytest did not start with the project's addopts; they were left out: " + _usage(attempt.output)
        )
        options.pytest_args = [*PLAIN_CONFIG, *options.pytest_args]
        attempt = _attempt(options, [])
    errors = list(attempt.collect_errors)
    expected = attempt.collected or []
    _take(attempt, tests)
    for _ in range(MAX_RESTARTS):
        if attempt.finished or attempt.out_of_time or attempt.collected is None:
            break
        if len(tests) >= len(expected):
            break
        attempt = _attempt(options, list(tests))
        _take(attempt, tests)
    if attempt.out_of_time:
        during = f" while {attempt.running[0]} was running" if attempt.running else ""
        options.notes.append(f"the suite ran out of its wall time{during}")
    return _report(attempt, expected, tests, errors, options.notes, options.pytest_args)


def _attempt(options: Options, done: list[str]) -> Attempt:
    with tempfile.TemporaryDirectory(prefix="mycoder-tests-") as folder:
        events = Path(folder, "events.jsonl")
        events.touch()
        environment = _environment(options, events, Path(folder), done)
        command = [sys.executable, "-m", "pytest", "-p", "mycoder_pytest", "-p", "no:cacheprovider", "-q"]
        command += ["--tb=short", "--color=no", *options.pytest_args, *_paths(options.select)]
        with open(Path(folder, "output"), "w+b") as output:
            child = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            ended = _watch(child, events, options)
            output.seek(max(0, output.seek(0, os.SEEK_END) - TAIL_CHARS))
            text = output.read().decode("utf-8", "replace")
            attempt = Attempt(child.returncode, text, ended == "out of time", ended == "hung")
        _read_events(events, attempt)
        return attempt


def _environment(options: Options, events: Path, folder: Path, done: list[str]) -> dict[str, str]:
    here = os.getcwd()
    paths = [here, os.path.join(here, "src"), os.path.dirname(os.path.abspath(__file__))]
    paths += [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and p not in paths]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MYCODER_REPORT": str(events),
        "MYCODER_TEST_LIMIT_S": str(options.limit_s),
    }
    for name, ids in (("MYCODER_SELECT", options.select), ("MYCODER_SKIP", done)):
        environment.pop(name, None)
        if ids:
            file = folder / name
            file.write_text(json.dumps(ids), encoding="utf-8")
            environment[name] = str(file)
    return environment


def _paths(select: list[str]) -> list[str]:
    """Files to collect; node ids that name no file here are left to the plugin to choose from everything."""
    files = list(dict.fromkeys(nodeid.split("::", 1)[0] for nodeid in select))
    return files if all(os.path.exists(file) for file in files) else []


def _watch(child: subprocess.Popen[bytes], events: Path, options: Options) -> str:
    """Wait for the child, and end what is left of its group. Says why when it had to be ended."""
    size, allowance, pause_s = -1, Allowance(child.pid, 0.0), 0.01
    ended = ""
    while child.poll() is None and not ended:
        if events.stat().st_size != size:
            size, allowance = events.stat().st_size, Allowance(child.pid, options.limit_s + KILL_GRACE_S)
        if time.monotonic() > options.ends:
            ended = "out of time"
        elif allowance.left_s() <= 0:
            ended = "hung"
        else:
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.3, 0.1)
    _kill_group(child)
    return ended


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """Also after a normal end: tests may leave processes behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _read_events(path: Path, attempt: Attempt) -> None:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        event = record.pop("event")
        if event == "session":
            attempt.session = True
        elif event == "collect":
            attempt.collecting = record["id"]
        elif event == "collect_error":
            attempt.collect_errors.append(record)
        elif event == "collected":
            attempt.collected = record["ids"]
        elif event == "start":
            attempt.running = (record["id"], record["t"])
        elif event == "end":
            attempt.running = None
            attempt.tests.append(record)
        elif event == "exit":
            attempt.finished = True


def _take(attempt: Attempt, tests: dict[str, dict[str, Any]]) -> None:
    for record in attempt.tests:
        tests.setdefault(record["id"], record)
    if attempt.running is None or attempt.finished or attempt.out_of_time:
        return
    nodeid, began = attempt.running
    elapsed = time.time() - began
    outcome = "timeout" if attempt.hung else "crashed"
    message = f"the interpreter {_how_it_ended(attempt.exit_code)} while this test was running"
    tests[nodeid] = {"id": nodeid, "outcome": outcome, "duration_s": round(elapsed, 3), "message": message}


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _report(
    attempt: Attempt,
    expected: list[str],
    tests: dict[str, dict[str, Any]],
    errors: list[dict[str, str]],
    notes: list[str],
    pytest_args: list[str],
) -> dict[str, Any]:
    if attempt.collected is None and not errors:
        errors = [
            {
                "id": attempt.collecting or "",
                "message": last(attempt.output) or _how_it_ended(attempt.exit_code),
            }
        ]
    records = list(tests.values())
    counts = {outcome: sum(r["outcome"] == outcome for r in records) for outcome in OUTCOMES}
    counts["total"] = len(records)
    not_run = [nodeid for nodeid in expected if nodeid not in tests]
    return {
        "exit_code": exit_code(counts, errors, not_run),
        "counts": counts,
        "tests": records,
        "collect_errors": errors,
        "not_run": not_run,
        "notes": notes,
        "pytest_args": pytest_args,
    }


def _usage(output: str) -> str:
    errors = [line for line in output.splitlines() if "error" in line.lower()]
    return str(last("\n".join(errors) or output))


def _parse(argv: list[str]) -> argparse.Namespace:
    own, rest = _split(argv)
    parser = argparse.ArgumentParser(prog="mycoder_tests", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--report")
    parser.add_argument("--limit-s", type=float, default=10.0)
    parser.add_argument("--wall-s", type=float, default=600.0)
    parser.add_argument("--select", nargs="*", default=[], action="extend")
    args = parser.parse_args(own)
    args.pytest_args = rest
    return args


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    at = argv.index("--") if "--" in argv else len(argv)
    return argv[:at], argv[at + 1 :]


if __name__ == "__main__":
    raise SystemExit(main())
