"""What the tests execute: lines, the kinds of values seen there, and how the failing ones fail."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import defaultdict
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Callable

import pytest

from mycoder_clock import Allowance  # type: ignore[import-not-found]

from .channel import write_line
from .child import Recorder
from .relations import relation

EVENTS_PER_TEST = 300_000
SAMPLES_PER_LINE = 4
SAMPLES_OF_PASSING = 12
TEST_CPU_S = 8.0
HANGING_CPU_S = 2.0
Trace = Callable[[FrameType, str, Any], Any]


class Interrupted(BaseException):
    """A traced test ran too long."""


class ImportTracer:
    """Lines that run while pytest imports and collects: a later patch of these would come too late."""

    def __init__(self, root: Path) -> None:
        self._prefix = str(root) + os.sep
        self._seen: dict[str, set[int]] = defaultdict(set)

    def start(self) -> None:
        sys.settrace(self._call)

    def stop(self) -> None:
        sys.settrace(None)

    def lines(self) -> dict[str, list[int]]:
        return {path[len(self._prefix) :]: sorted(lines) for path, lines in sorted(self._seen.items())}

    def _call(self, frame: FrameType, _event: str, _arg: Any) -> Trace | None:
        if not frame.f_code.co_filename.startswith(self._prefix):
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, _arg: Any) -> Trace:
        if event == "line":
            self._seen[frame.f_code.co_filename].add(frame.f_lineno)
        return self._line


class Tracer:
    """Runs tests under `sys.settrace` and writes one line of findings for each, until its time is used up.

    `functions` are the first lines of the functions to look into, by file; without them it looks into all.
    """

    def __init__(self, request: dict[str, Any], root: Path, writer: int) -> None:
        self._names = {str(root / path): path for path in request["files_traced"]}
        functions = request["functions"]
        self._wanted = None if functions is None else {(str(root / p), n) for p, at in functions.items() for n in at}
        self._samples = SAMPLES_PER_LINE if functions is None else SAMPLES_OF_PASSING
        self._hanging = set(request["hanging"])
        self._share_s: float = request["share_s"]
        self._writer = writer
        self._outcome: dict[str, Any] = {}
        self._sampled: dict[tuple[str, int], int] = defaultdict(int)
        self._reset()

    def _reset(self) -> None:
        self._lines: dict[str, set[int]] = defaultdict(set)
        self._functions: dict[str, set[int]] = defaultdict(set)
        self._kinds: dict[tuple[str, int], dict[str, set[str]]] = {}
        if self._wanted is None:
            self._sampled.clear()
        self._events = 0
        self._failure: dict[str, Any] = {}

    def run(self, items: list[pytest.Item]) -> None:
        sys.addaudithook(self._audit)
        signal.signal(signal.SIGPROF, _interrupt)
        recorder = Recorder(self._outcome.update, quiet=False)
        items[0].config.pluginmanager.register(recorder)
        items[0].config.pluginmanager.register(self)
        share = Allowance(os.getpid(), self._share_s)
        for item, following in zip(items, [*items[1:], None]):
            if share.left_s() <= 0:
                write_line(self._writer, {"stopped": True})
                break
            self._reset()
            recorder.begin()
            write_line(self._writer, {"begin": item.nodeid})
            limit_s = HANGING_CPU_S if item.nodeid in self._hanging else TEST_CPU_S
            signal.setitimer(signal.ITIMER_PROF, limit_s, 0.2)
            threading.settrace(self._call)
            sys.settrace(self._call)
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            finally:
                sys.settrace(None)
                signal.setitimer(signal.ITIMER_PROF, 0)
            recorder.end(item.nodeid)
            self._write(item.nodeid)

    def _write(self, nodeid: str) -> None:
        lines = {self._names[path]: sorted(seen) for path, seen in self._lines.items()}
        functions = {self._names[path]: sorted(seen) for path, seen in self._functions.items()}
        kinds = [
            [self._names[path], line, {name: sorted(tags) for name, tags in names.items()}]
            for (path, line), names in self._kinds.items()
        ]
        write_line(
            self._writer,
            {
                "id": nodeid,
                "outcome": self._outcome["outcome"],
                "lines": lines,
                "functions": functions,
                "kinds": kinds,
                "failure": self._failure,
            },
        )

    def _audit(self, event: str, _args: tuple[Any, ...]) -> None:
        if event in ("subprocess.Popen", "os.posix_spawn", "os.system", "os.exec"):
            self._failure["starts_programs"] = True

    def _call(self, frame: FrameType, _event: str, _arg: Any) -> Trace | None:
        code = frame.f_code
        if code.co_filename not in self._names:
            return None
        if self._wanted is None:
            self._functions[code.co_filename].add(code.co_firstlineno)
        elif (code.co_filename, code.co_firstlineno) not in self._wanted:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, _arg: Any) -> Trace | None:
        if event == "line":
            path, line = frame.f_code.co_filename, frame.f_lineno
            self._lines[path].add(line)
            self._events += 1
            if self._events > EVENTS_PER_TEST:
                sys.settrace(None)
                return None
            if self._sampled[path, line] < self._samples:
                self._sampled[path, line] += 1
                self._sample(path, line, frame)
        return self._line

    def _sample(self, path: str, line: int, frame: FrameType) -> None:
        names = self._kinds.setdefault((path, line), {})
        for name, value in frame.f_locals.items():
            names.setdefault(name, set()).add(kind_of(value))
            attributes = getattr(value, "__dict__", None) if name in ("self", "cls") else None
            if isinstance(attributes, dict):
                for attribute, held in attributes.items():
                    names.setdefault(f"{name}.{attribute}", set()).add(kind_of(held))

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        if op == "==":
            self._failure["relation"] = relation(left, right)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """Runs before the recorder's report; only looks."""
        sys.settrace(None)
        if call.excinfo is not None and "exception" not in self._failure:
            self._failure["exception"] = call.excinfo.type.__name__
            self._failure["message"] = _text(call.excinfo.value)
            self._failure["frames"] = self._frames(call.excinfo.tb)
        sys.settrace(self._call)

    def _frames(self, traceback: TracebackType | None) -> list[list[Any]]:
        frames = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename in self._names:
                frames.append([self._names[code.co_filename], traceback.tb_lineno, code.co_name])
            if code.co_filename.endswith(("unittest/case.py", "unittest\\case.py")):
                values = traceback.tb_frame.f_locals
                if "first" in values and "second" in values:
                    self._failure["relation"] = relation(values["first"], values["second"])
            traceback = traceback.tb_next
        return frames


def kind_of(value: object) -> str:
    """A type name, marked when a container is empty."""
    name = type(value).__name__
    if isinstance(value, (str, bytes, list, dict, set, tuple, frozenset)) and not value:
        return name + ":empty"
    return name


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _text(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:  # noqa: BLE001 - rendering is the tested code's own
        return ""
