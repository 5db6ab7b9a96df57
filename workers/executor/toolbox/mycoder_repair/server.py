"""A process that has the tests imported and answers questions by forking: `python -m mycoder_repair.server`.

In the role `warm` pytest has collected everything, and a candidate is patched into the forked copy. In the role
`cold` only pytest itself is imported, and every fork collects the files it is asked about from disk.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Protocol

import pytest

from .channel import Channel, write_line
from .child import Recorder, fork, memory_limit, run_limited
from .edit import Splice, apply
from .patching import LiveFunctions
from .tracing import ImportTracer, Tracer

ARGS = ["-q", "--capture=sys", "--color=no", "-p", "no:cacheprovider", "-p", "mycoder_pytest", "-p", "no:randomly"]
START_S = 3.0
OTHER_LIMIT_S = 1.0


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


class Server:
    """Answers `evaluate` and `trace` requests until its input ends."""

    def __init__(self, channel: Channel, answer: Answerer, cold: bool) -> None:
        self._channel = channel
        self._answerer = answer
        self._cold = cold
        self._setup = Setup({"ids": [], "limits": [], "failing": [], "whole_files": [], "ordered": 0, "writes": 0})
        self._memory_bytes = memory_limit()
        self._originals: dict[str, bytes] = {}
        self._codes: dict[str, CodeType] = {}

    def serve(self) -> None:
        gc.collect()
        gc.freeze()
        while True:
            request = self._channel.receive()
            if request is None:
                return
            if request["op"] == "setup":
                self._setup = Setup(request)
            elif request["op"] == "trace":
                self._channel.send(self._trace(request))
            else:
                self._channel.send(self._evaluate(request))

    def _trace(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._forked(lambda writer: self._answerer.trace(request, writer), request["wall_s"])

    def _evaluate(self, request: dict[str, Any]) -> dict[str, Any]:
        texts = {path: apply(self._original(path), _splices(parts)) for path, parts in request["changes"].items()}
        try:
            codes = {path: self._compiled(path, text) for path, text in texts.items()}
        except (SyntaxError, ValueError, RecursionError):
            return {"lines": [], "timed_out": False, "broken": "does not compile"}
        question = Question(codes, request["tests"])
        writes = self._cold or self._setup.writes
        if writes:
            self._write(texts)
        try:
            return self._forked(
                lambda writer: self._answerer.evaluate(question, self._setup, writer), request["wall_s"]
            )
        finally:
            if writes:
                self._write({path: self._originals[path] for path in texts})

    def _forked(self, work: Callable[[int], None], wall_s: float) -> dict[str, Any]:
        pid, reader = fork(work, self._memory_bytes)
        lines, timed_out = _collect(pid, reader, wall_s)
        return {"lines": lines, "timed_out": timed_out}

    def _original(self, path: str) -> bytes:
        if path not in self._originals:
            self._originals[path] = Path(path).read_bytes()
        return self._originals[path]

    def _compiled(self, path: str, text: bytes) -> tuple[CodeType, CodeType]:
        name = str(Path.cwd() / path)
        if path not in self._codes:
            self._codes[path] = compile(self._original(path), name, "exec", dont_inherit=True)
        return self._codes[path], compile(text, name, "exec", dont_inherit=True)

    def _write(self, texts: dict[str, bytes]) -> None:
        """For tests that start programs, and for new imports."""
        for path, text in texts.items():
            Path(path).write_bytes(text)


def _splices(parts: list[list[Any]]) -> list[Splice]:
    return [Splice(start, end, new.encode()) for start, end, new in parts]


def _collect(pid: int, reader: int, wall_s: float) -> tuple[list[str], bool]:
    """All lines the child wrote; its process group is gone afterwards."""
    ends = time.monotonic() + wall_s
    chunks = []
    timed_out = False
    while True:
        left_s = ends - time.monotonic()
        ready = left_s > 0 and select.select([reader], [], [], left_s)[0]
        if not ready:
            timed_out = True
            break
        chunk = os.read(reader, 65536)
        if not chunk:
            break
        chunks.append(chunk)
    os.close(reader)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        if timed_out:
            os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        timed_out = True
    return b"".join(chunks).decode("utf-8", "replace").splitlines(), timed_out


class Warm:
    """pytest plugin that takes over once everything is collected."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
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
        self._channel.send(
            {
                "ids": list(self._items),
                "collect_errors": self._errors,
                "import_lines": self._imports.lines(),
                "test_paths": session.config.getini("testpaths"),
                "test_files": sorted({os.path.relpath(item.path, root) for item in session.items}),
            }
        )
        self._functions = LiveFunctions(str(root) + os.sep)
        Server(self._channel, self, cold=False).serve()
        return True

    def trace(self, request: dict[str, Any], writer: int) -> None:
        Tracer(request["files_traced"], Path.cwd(), writer).run([self._items[i] for i in request["tests"]])

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
        pytest.main([*_args(), *(file for file in files if os.path.exists(file))], plugins=[chosen])


class Chosen:
    """pytest plugin for a cold fork: runs exactly the requested items, in the requested order."""

    def __init__(self, names: list[str], question: Question, setup: Setup, writer: int) -> None:
        self._names, self._question, self._setup, self._writer = names, question, setup, writer

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            write_line(self._writer, {"id": report.nodeid, "outcome": "collect_error", "signature": ""})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        wanted = [items[nodeid] for nodeid in self._names if nodeid in items]
        files = tuple(f"{file}::" for file in self._setup.whole_files)
        wanted += [item for nodeid, item in items.items() if files and nodeid.startswith(files)]
        run_items(wanted, self._question, self._setup, self._writer)
        return True


def run_items(items: list[pytest.Item], question: Question, setup: Setup, writer: int) -> None:
    """Failing tests first; stops early once the answer cannot get better."""
    if not items:
        return
    recorder = Recorder(lambda message: write_line(writer, message))
    items[0].config.pluginmanager.register(recorder)
    limits = dict(zip(setup.ids, setup.limits))
    fixed = 0
    for item, following in zip(items, [*items[1:], None]):
        must_fix = item.nodeid in setup.failing
        if not (must_fix or fixed or setup.ordered or setup.whole_files):
            return
        run_limited(limits.get(item.nodeid, OTHER_LIMIT_S))
        recorder.begin()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        good = recorder.end(item.nodeid) in ("passed", "skipped")
        fixed += good and must_fix
        if not good and not must_fix and not setup.whole_files:
            return


def _args() -> list[str]:
    import importlib.util

    parallel = ["-n0"] if importlib.util.find_spec("xdist") else []
    return [*ARGS, *parallel, *sys.argv[2:]]


def _import_plugins() -> None:
    """A session without files, so that every fork finds pytest and its plugins imported."""
    with tempfile.TemporaryDirectory(prefix="mycoder-empty-") as folder:
        pytest.main([*_args(), "--rootdir", folder, "-c", os.devnull, folder])


def main() -> None:
    channel = Channel()
    sys.setswitchinterval(0.05)
    if sys.argv[1] == "warm":
        pytest.main(_args(), plugins=[Warm(channel)])
    else:
        _import_plugins()
        channel.send({"ids": []})
        Server(channel, Cold(), cold=True).serve()


if __name__ == "__main__":
    main()
