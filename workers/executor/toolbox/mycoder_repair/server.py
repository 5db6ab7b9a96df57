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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .channel import Channel, write_line
from .child import Recorder, fork, quiet_assertions, run_limited
from .patching import LiveFunctions
from .tracing import ImportTracer, Tracer

ARGS = ["-q", "--capture=sys", "--color=no", "-p", "no:cacheprovider", "-p", "mycoder_pytest", "-p", "no:randomly"]
PLAIN = ["-o", "addopts=", "-o", "required_plugins=", "-W", "ignore::pytest.PytestConfigWarning"]
START_S = 3.0


class Server:
    """Answers `evaluate` and `trace` requests until its input ends."""

    def __init__(self, channel: Channel, root: Path, run: Callable[[dict[str, Any], int], None]) -> None:
        self._channel = channel
        self._root = root
        self._run = run

    def serve(self) -> None:
        gc.collect()
        gc.freeze()
        while True:
            request = self._channel.receive()
            if request is None:
                return
            self._channel.send(self._answer(request))

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        changed = self._write(request.get("files", {}))
        try:
            pid, reader = fork(lambda writer: self._run(request, writer))
            lines, timed_out = _collect(pid, reader, request["wall_s"])
        finally:
            self._write(changed)
        return {"lines": lines, "timed_out": timed_out}

    def _write(self, files: dict[str, str]) -> dict[str, str]:
        """Put these texts on disk, for tests that start programs; returns what was there."""
        before = {}
        for path, text in files.items():
            file = self._root / path
            before[path] = file.read_bytes().decode()
            file.write_bytes(text.encode())
        return before


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
        Server(self._channel, root, self._run).serve()
        return True

    def _run(self, request: dict[str, Any], writer: int) -> None:
        if request["op"] == "trace":
            Tracer(request["files_traced"], Path.cwd(), writer).run([self._items[i] for i in request["tests"]])
            return
        for path, text in request["files"].items():
            name = str(Path.cwd() / path)
            self._functions.patch(name, request["before"][path].encode(), text.encode())
        items = [self._items[nodeid] for nodeid in request["tests"] if nodeid in self._items]
        run_items(items, request, writer)


class Chosen:
    """pytest plugin for a cold fork: runs exactly the requested items, in the requested order."""

    def __init__(self, request: dict[str, Any], writer: int) -> None:
        self._request = request
        self._writer = writer

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            write_line(self._writer, {"id": report.nodeid, "outcome": "collect_error", "signature": ""})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        wanted = [items[nodeid] for nodeid in self._request["tests"] if nodeid in items]
        files = tuple(f"{file}::" for file in self._request.get("whole_files", ()))
        wanted += [item for nodeid, item in items.items() if files and nodeid.startswith(files)]
        run_items(wanted, self._request, self._writer)
        return True


def run_cold(request: dict[str, Any], writer: int) -> None:
    run_limited(START_S)
    sys.argv = ["pytest"]
    files = list(dict.fromkeys(n.split("::")[0] for n in [*request["tests"], *request.get("whole_files", ())]))
    files = [file for file in files if os.path.exists(file)]
    pytest.main([*_args(), *files], plugins=[Chosen(request, writer)])


def run_items(items: list[pytest.Item], request: dict[str, Any], writer: int) -> None:
    """Failing tests first; stops early once the answer cannot get better."""
    if not items:
        return
    quiet_assertions()
    recorder = Recorder(lambda message: write_line(writer, message))
    items[0].config.pluginmanager.register(recorder)
    must_fix, keep_going = set(request["failing"]), request["keep_going"]
    fixed = 0
    for item, following in zip(items, [*items[1:], None]):
        if not request["ordered"] and must_fix and item.nodeid not in must_fix and not fixed:
            return
        run_limited(request["limits"].get(item.nodeid, request["limit_s"]))
        recorder.begin()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        good = recorder.end(item.nodeid) in ("passed", "skipped")
        fixed += good and item.nodeid in must_fix
        if not good and not (keep_going and item.nodeid in must_fix):
            return


def _args() -> list[str]:
    import importlib.util

    parallel = ["-n0"] if importlib.util.find_spec("xdist") else []
    return [*ARGS, *parallel, *(PLAIN if os.environ.get("MYCODER_PLAIN_CONFIG") else [])]


def main() -> None:
    channel = Channel()
    sys.setswitchinterval(0.05)
    if sys.argv[1] == "warm":
        pytest.main(_args(), plugins=[Warm(channel)])
    else:
        channel.send({"ids": []})
        Server(channel, Path.cwd(), run_cold).serve()


if __name__ == "__main__":
    main()
