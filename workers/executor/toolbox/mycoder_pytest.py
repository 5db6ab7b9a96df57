"""A pytest plugin that bounds every test in time and loses no outcome to a crash.

Load it with `-p mycoder_pytest`. Settings come from the environment:

* `MYCODER_TEST_LIMIT_S`: seconds one test may take, set-up and tear-down included, time not counted in which it was
  kept from a processor (default 10, 0 for no limit);
* `MYCODER_IMPATIENT`: when set, every test that reaches the limit halves it, down to one second;
* `MYCODER_REPORT`: file that gets one JSON line per event, each written before the next event begins;
* `MYCODER_SELECT`, `MYCODER_SKIP`: JSON files with node ids to keep (a file or class selects what is in it)
  and to leave out.

Events: `session`, `collect_error`, `collected`, `start`, `end`, `exit`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from mycoder_clock import Allowance  # type: ignore[import-not-found]

MESSAGE_CHARS = 1_200
REPEAT_S = 0.5
MEMORY_SHARE = 0.6
DEFAULT_FILES = ["test_*.py", "*_test.py"]
MORE_FILES = ["tests.py", "test.py"]


class TimeLimitReached(BaseException):
    """Not an `Exception`, so that `except Exception` in the code under test does not swallow it."""

    __test__ = False


class Clock:
    """Interrupts Python code with a signal. Where that does not help `mycoder_tests` ends the process."""

    def __init__(self, limit_s: float, impatient: bool) -> None:
        self.limit_s = limit_s
        self._impatient = impatient
        self.fired = False
        self.start()

    def start(self) -> None:
        self.fired = False
        self._allowance = Allowance(os.getpid(), self.limit_s)

    def shorten(self) -> None:
        """Where many tests hang, the first ones show it."""
        if self._impatient:
            self.limit_s = max(self.limit_s / 2, 1.0)

    @contextmanager
    def armed(self) -> Iterator[None]:
        if not self.limit_s:
            yield
            return
        previous = signal.signal(signal.SIGALRM, self._interrupt)
        signal.setitimer(signal.ITIMER_REAL, max(self._allowance.left_s(), 0.1), REPEAT_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    def _interrupt(self, _signum: int, _frame: FrameType | None) -> None:
        if self._allowance.left_s() > 0:
            return
        self.fired = True
        self._allowance = Allowance(os.getpid(), REPEAT_S)
        raise TimeLimitReached(f"over the limit of {self.limit_s:g} s")


class Reporter:
    """Writes the events; the pytest hooks below only translate."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._clock = Clock(
            float(os.environ.get("MYCODER_TEST_LIMIT_S", "10")), bool(os.environ.get("MYCODER_IMPATIENT"))
        )
        path = os.environ.get("MYCODER_REPORT")
        self._file = open(path, "a", encoding="utf-8", errors="backslashreplace") if path else None  # noqa: SIM115
        self._outcome = "passed"
        self._message = ""

    def write(self, event: str, **fields: Any) -> None:
        if self._file is None:
            return
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()

    def pytest_sessionstart(self) -> None:
        self.write("session", root=str(self._config.rootpath))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        if not isinstance(collector, pytest.File):
            yield
            return
        self.write("collect", id=collector.nodeid, t=time.time())
        self._clock.start()
        with self._clock.armed():
            yield

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write("collect_error", id=report.nodeid, message=_message(report))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        selected = _ids_in(os.environ.get("MYCODER_SELECT"))
        skipped = _ids_in(os.environ.get("MYCODER_SKIP")) or set()
        keep = [i for i in items if i.nodeid not in skipped and (selected is None or _chosen(i.nodeid, selected))]
        gone = [i for i in items if i not in set(keep)]
        if gone:
            items[:] = keep
            self._config.hook.pytest_deselected(items=gone)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.write("collected", ids=[item.nodeid for item in session.items])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        self._outcome, self._message = "passed", ""
        self.write("start", id=item.nodeid, t=time.time())
        began = time.perf_counter()
        self._clock.start()
        yield
        if self._clock.fired:
            self._outcome = "timeout"
            self._clock.shorten()
        duration_s = round(time.perf_counter() - began, 4)
        self.write("end", id=item.nodeid, outcome=self._outcome, duration_s=duration_s, message=self._message)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, None]:
        with self._clock.armed():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, None]:
        with self._clock.armed():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, None]:
        with self._clock.armed():
            yield

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and self._outcome == "passed":
            self._outcome, self._message = "skipped", _message(report)
        elif report.failed and self._outcome in ("passed", "skipped"):
            self._outcome = "failed" if report.when == "call" else "error"
            self._message = _message(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.write("exit", code=int(exitstatus))


def pytest_configure(config: pytest.Config) -> None:
    patterns = config.getini("python_files")
    if patterns == DEFAULT_FILES:
        patterns.extend(MORE_FILES)
    config.pluginmanager.register(Reporter(config), "mycoder-reporter")
    _leave_memory()


def _leave_memory() -> None:
    """A test that eats memory without end shall meet a MemoryError of its own, before the whole box is stopped for
    it: what runs the suites needs some as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (int(soft * MEMORY_SHARE), hard))


def _ids_in(path: str | None) -> set[str] | None:
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return set(json.load(file))


def _chosen(nodeid: str, selected: set[str]) -> bool:
    if nodeid in selected or nodeid.split("[", 1)[0] in selected:
        return True
    parts = nodeid.split("[", 1)[0].split("::")
    names = {"::".join(parts[: n + 1]) for n in range(len(parts))}
    folders = {parts[0][:at] for at, char in enumerate(parts[0]) if char == "/"}
    return not selected.isdisjoint(names | folders | {folder + "/" for folder in folders})


def _place(path: str, line: int) -> str:
    """Empty outside the project: that an assertion was raised inside unittest says nothing."""
    relative = os.path.relpath(path)
    return "" if relative.startswith("..") or "site-packages" in relative else f"{relative}:{line}: "


def _message(report: Any) -> str:
    """The place and the exception, without the source listing around it."""
    if isinstance(report.longrepr, tuple):
        text = str(report.longrepr[2])
    else:
        crash = getattr(report.longrepr, "reprcrash", None)
        text = _place(crash.path, crash.lineno) + crash.message if crash else str(report.longrepr or "")
    return text if len(text) <= MESSAGE_CHARS else f"{text[:800]}\n…\n{text[-350:]}"
