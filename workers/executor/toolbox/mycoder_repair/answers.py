"""What a forked child does with a question: patch or import the candidate, and run the tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn, Protocol

import pytest

from .channel import Channel, write_line
from .child import Recorder, run_limited
from .patching import LiveFunctions
from .tracing import ImportTracer, Tracer

ARGS = ["-q", "--capture=sys", "--color=no", "-p", "no:cacheprovider", "-p", "mycoder_pytest", "-p", "no:randomly"]
START_S = 3.0
OTHER_LIMIT_S = 1.0
PROBES = 4


class Answerer(Protocol):
    """Does in a forked child what the server was asked."""

    def trace(self, request: dict[str, Any], writer: int) -> None: ...

    def evaluate(self, question: Question, setup: Setup, writer: int) -> None: ...


class Setup:
    """What all questions of one search have in common; tests are then named by their numbers."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.ids: list[str] = message["ids"]
        self.limits: list[float] = message["limits"]
        self.failing = set(message["failing"])
        self.whole_files: list[str] = message["whole_files"]
        self.ordered: bool = message["ordered"]
        self.writes: bool = message["writes"]


@dataclass
class Question:
    """One candidate: its files compiled before and after the edit, and the tests to judge it by."""

    codes: dict[str, tuple[CodeType, CodeType]]
    tests: list[int]


class Warm:
    """pytest plugin that takes over once everything is collected."""

    def __init__(self, channel: Channel, serve: Callable[[Answerer], None]) -> None:
        self._channel = channel
        self._serve = serve
        self._imports = ImportTracer(Path.cwd())
        self._items: dict[str, pytest.Item] = {}
        self._errors: list[str] = []
        self._functions = LiveFunctions(os.devnull)

    def pytest_sessionstart(self) -> None:
        self._imports.start()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._errors.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._imports.stop()
        self._items = {item.nodeid: item for item in session.items}
        root = Path.cwd()
        examples = {item for item in session.items if type(item).__name__ == "DoctestItem"}
        self._channel.send(
            {
                "ids": list(self._items),
                "collect_errors": self._errors,
                "import_lines": self._imports.lines(),
                "test_paths": session.config.getini("testpaths"),
                "test_files": _files(root, [item for item in session.items if item not in examples]),
                "example_files": _files(root, examples),
            }
        )
        self._functions = LiveFunctions(str(root) + os.sep)
        self._serve(self)
        return True

    def trace(self, request: dict[str, Any], writer: int) -> None:
        Tracer(request, Path.cwd(), writer).run([self._items[i] for i in request["tests"]])

    def evaluate(self, question: Question, setup: Setup, writer: int) -> None:
        for before, after in question.codes.values():
            self._functions.patch(before, after)
        names = [setup.ids[number] for number in question.tests]
        run_items([self._items[name] for name in names if name in self._items], question, setup, writer)


class Cold:
    """Imports nothing of the repository before it is asked."""

    def trace(self, request: dict[str, Any], writer: int) -> None:
        raise NotImplementedError

    def evaluate(self, question: Question, setup: Setup, writer: int) -> None:
        run_limited(START_S)
        names = [setup.ids[number] for number in question.tests]
        files = dict.fromkeys(name.split("::")[0] for name in [*names, *setup.whole_files])
        chosen = Chosen(names, question, setup, writer)
        pytest.main(
            [*pytest_args(), "--assert=plain", *(file for file in files if os.path.exists(file))], plugins=[chosen]
        )


class Chosen:
    """pytest plugin for a cold fork: runs exactly the requested items, in the requested order. With them the process
    ends: what pytest does after them takes longer than most tests, and would be held against the last one."""

    def __init__(self, names: list[str], question: Question, setup: Setup, writer: int) -> None:
        self._names, self._question, self._setup, self._writer = names, question, setup, writer

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            write_line(self._writer, {"id": report.nodeid, "outcome": "collect_error", "signature": ""})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> NoReturn:
        items = {item.nodeid: item for item in session.items}
        wanted = [items[nodeid] for nodeid in self._names if nodeid in items]
        files = tuple(f"{file}::" for file in self._setup.whole_files)
        wanted += [item for nodeid, item in items.items() if files and nodeid.startswith(files)]
        run_items(wanted, self._question, self._setup, self._writer)
        os._exit(0)


def _files(root: Path, items: Iterable[pytest.Item]) -> list[str]:
    return sorted({os.path.relpath(item.path, root) for item in items})


def run_items(items: list[pytest.Item], question: Question, setup: Setup, writer: int) -> None:
    """Failing tests first; stops early once the answer cannot get better, or none of the first ones is mended."""
    if not items:
        return
    recorder = Recorder(lambda message: write_line(writer, message))
    items[0].config.pluginmanager.register(recorder)
    limits = dict(zip(setup.ids, setup.limits))
    fixed = 0
    everything = setup.ordered or bool(setup.whole_files)
    for number, (item, following) in enumerate(zip(items, [*items[1:], None])):
        must_fix = item.nodeid in setup.failing
        if not (fixed or everything or (must_fix and number < PROBES)):
            return
        run_limited(limits.get(item.nodeid, OTHER_LIMIT_S))
        recorder.begin()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        good = recorder.end(item.nodeid) in ("passed", "skipped")
        fixed += good and must_fix
        if not good and not must_fix and not setup.whole_files:
            return


def pytest_args() -> list[str]:
    parallel = ["-n0"] if importlib.util.find_spec("xdist") else []
    return [*ARGS, *parallel, *sys.argv[2:]]
