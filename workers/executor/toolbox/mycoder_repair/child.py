"""What happens in the forked process that tries one candidate: limits, and one line per test."""

from __future__ import annotations

import gc
import os
import resource
import signal
from collections.abc import Callable
from typing import Any

import pytest
from _pytest.assertion import util

from .channel import write_line

MEMORY_BYTES = 400 * 1024 * 1024
SIGNATURE_CHARS = 120


class Recorder:
    """Outcomes without the expensive rendering of tracebacks and, when quiet, of differences."""

    def __init__(self, send: Callable[[dict[str, Any]], None], quiet: bool = True) -> None:
        self._send = send
        self._quiet = quiet
        self.outcome = "passed"
        self.signature = ""

    def begin(self) -> None:
        self.outcome, self.signature = "passed", ""

    def end(self, nodeid: str) -> str:
        self._send({"id": nodeid, "outcome": self.outcome, "signature": self.signature})
        return self.outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Nobody reads the explanation of a comparison in a rejected candidate."""
        if self._quiet:
            util._reprcompare = None

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        outcome: Any = "passed"
        longrepr: Any = None
        if call.excinfo is not None:
            if isinstance(call.excinfo.value, pytest.skip.Exception):
                outcome, longrepr = "skipped", (str(item.path), 0, str(call.excinfo.value))
            else:
                outcome, longrepr = "failed", signature(call.excinfo)
        return pytest.TestReport(
            item.nodeid,
            item.location,
            dict.fromkeys(item.keywords, 1),
            outcome,
            longrepr,
            call.when,  # type: ignore[arg-type]
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcome = "failed"
            self.signature = self.signature or str(report.longrepr)
        elif report.skipped and self.outcome == "passed":
            self.outcome = "skipped"


def signature(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Where in the test, and with what, it failed: tells a changed failure from the same one."""
    line, traceback = 0, excinfo.tb
    while traceback is not None:
        if "test" in os.path.basename(traceback.tb_frame.f_code.co_filename):
            line = traceback.tb_lineno
        traceback = traceback.tb_next  # type: ignore[assignment]
    try:
        text = str(excinfo.value)
    except Exception:  # noqa: BLE001 - it is the code under test that renders this
        text = "?"
    return f"{excinfo.type.__name__}:{line}:{text}"[:SIGNATURE_CHARS]


def run_limited(item_limit_s: float) -> None:
    """The default action of SIGPROF ends the process, whatever the code under test swallows."""
    signal.setitimer(signal.ITIMER_PROF, item_limit_s)


def memory_limit() -> int:
    """What a child may map: as much as this process, and some more. No limit of ours where /proc is missing."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return hard
    return size + MEMORY_BYTES if hard < 0 else min(size + MEMORY_BYTES, hard)


def fork(work: Callable[[int], None], memory_bytes: int) -> tuple[int, int]:
    """Run work(write end) in a child that leads its own process group; (pid, read end)."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    code = 1
    try:
        os.close(reader)
        os.setsid()
        gc.disable()
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        work(writer)
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever it was, this process must not go on as a server
        write_line(writer, {"broken": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(code)
