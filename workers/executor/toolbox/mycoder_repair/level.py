"""One starting point of the search: the code as it is, what fails, and the ranked candidates for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import symptoms as symptom_reader
from . import workspace
from .edit import Candidate, Splice, apply
from .generate import Generator
from .localise import suspiciousness
from .pool import Pool, ServerDied
from .profile import Line, Profile, TestTrace, record
from .source import FUNCTIONS, Source
from .suite import SuiteResult

FRAME = re.compile(r"^(\S+\.py):(\d+):", re.MULTILINE)
ERROR = re.compile(r"^E\s+(\w+): (.*)$", re.MULTILINE)
TRACE_WALL_S = 60.0
MAX_FAILING_RUN = 12
MAX_PASSING_RUN = 120


@dataclass
class Level:
    """Everything needed to judge candidates against one version of the code."""

    baseline: SuiteResult
    sources: dict[str, Source]
    profile: Profile
    failing: list[str]
    broken_files: list[str]
    ranked: list[Candidate]
    suspicion: dict[Line, float]
    ordered: bool
    warm: bool

    @property
    def targets(self) -> list[str]:
        return [*self.failing, *self.broken_files]

    def requests(self, changes: list[Candidate]) -> dict[str, Any]:
        """What a server is asked in order to judge these changes together."""
        texts = self.texts(changes)
        passing = self._affected(changes)
        failing = self.failing[:MAX_FAILING_RUN]
        tests = list(self.baseline.outcomes) if self.ordered else [*failing, *passing]
        limits = {nodeid: self._limit_s(nodeid) for nodeid in tests}
        slow_s = sum(self.baseline.durations.get(nodeid, 0.0) for nodeid in passing)
        return {
            "files": {path: text.decode() for path, text in texts.items()},
            "before": {path: self.sources[path].data.decode() for path in texts},
            "tests": tests,
            "failing": self.targets if self.ordered else [*failing, *self.broken_files],
            "whole_files": self.broken_files,
            "keep_going": True,
            "ordered": self.ordered,
            "limits": limits,
            "limit_s": 1.0,
            "wall_s": 1.5 + 2 * slow_s + 2 * sum(limits[nodeid] for nodeid in failing[:4] if nodeid in limits),
        }

    def texts(self, changes: list[Candidate]) -> dict[str, bytes]:
        splices: dict[str, list[Splice]] = {}
        for change in changes:
            splices.setdefault(change.path, []).extend(change.splices)
        return {path: apply(self.sources[path].data, parts) for path, parts in splices.items()}

    def _limit_s(self, nodeid: str) -> float:
        if self.baseline.outcomes.get(nodeid) == "timeout":
            return 0.5
        return 0.3 + 4 * self.baseline.durations.get(nodeid, 0.0)

    def _affected(self, changes: list[Candidate]) -> list[str]:
        """Passing tests that reach the changed functions; those that reach the line itself first."""
        near: dict[str, None] = {}
        far: dict[str, None] = {}
        for change in changes:
            first, last = _reach(self.sources[change.path], change.line)
            near.update(dict.fromkeys(self.profile.covering(change.path, change.line, change.line)))
            far.update(dict.fromkeys(self.profile.covering(change.path, first, last)))
        failing = set(self.failing)
        return [nodeid for nodeid in {**near, **far} if nodeid not in failing][:MAX_PASSING_RUN]


def _reach(source: Source, line: int) -> tuple[int, int]:
    """Lines of the innermost function around a line, or of the whole file."""
    best = (1, len(source.data.splitlines()))
    for statement in source.statements():
        if isinstance(statement, FUNCTIONS) and statement.lineno <= line <= (statement.end_lineno or 0):
            first = statement.body[0].lineno
            if line >= first and best[1] - best[0] >= (statement.end_lineno or 0) - first:
                best = (first, statement.end_lineno or first)
    return best


def build(root: Path, baseline: SuiteResult, pool: Pool) -> Level:
    """Trace the suite in the first worker and rank the candidates. The workers hold this code already."""
    pool.start()
    server = pool.workers[0].warm
    hello = server.hello
    tests = [nodeid for nodeid in hello.get("ids", []) if nodeid in baseline.outcomes]
    editable = workspace.editable(root, set(hello.get("test_files", [])), hello.get("test_paths", []))
    sources = _parse(root, editable)
    failing = baseline.failing
    failing.sort(key=lambda nodeid: baseline.outcomes[nodeid] in ("timeout", "crashed"))
    profile = Profile({}, {}, {})
    if tests:
        try:
            profile = record(server, tests, set(failing), list(sources), TRACE_WALL_S)
        except ServerDied:
            profile = Profile({}, {}, {})
    for path, message in baseline.collect_errors.items():
        trace = _import_failure(path, message, sources)
        profile.traces[path] = trace
    broken = list(baseline.collect_errors)
    traces = [profile.traces[nodeid] for nodeid in [*failing, *broken] if nodeid in profile.traces]
    import_lines = {path: set(lines) for path, lines in hello.get("import_lines", {}).items()}
    test_sources = [(root / path).read_text(encoding="utf-8") for path in hello.get("test_files", [])]
    generator = Generator(
        sources, profile, [*failing, *broken], symptom_reader.read(traces), import_lines, test_sources
    )
    level = Level(
        baseline=baseline,
        sources=sources,
        profile=profile,
        failing=failing,
        broken_files=broken,
        ranked=generator.ranked(),
        suspicion=suspiciousness(profile, [*failing, *broken]),
        ordered=False,
        warm=not broken and bool(tests),
    )
    _check(level, pool)
    return level


def _check(level: Level, pool: Pool) -> None:
    """Do the failing tests fail on their own and in memory too? Else run them as the suite does."""
    if not level.warm or not level.failing:
        return
    alone = pool.workers[0].evaluate(level.requests([]), warm=True)
    if not alone.fixed(level.failing):
        return
    level.ordered = True
    together = pool.workers[0].evaluate(level.requests([]), warm=True)
    if together.fixed(level.failing):
        level.warm = False


def _parse(root: Path, paths: list[str]) -> dict[str, Source]:
    sources = {}
    for path in paths:
        try:
            data = (root / path).read_bytes()
            data.decode("utf-8")
            sources[path] = Source(path, data)
        except (SyntaxError, ValueError, RecursionError):
            continue
    return sources


def _import_failure(path: str, message: str, sources: dict[str, Source]) -> TestTrace:
    """A test file that cannot be imported counts as one failing test that ran the lines of its traceback."""
    frames = [(name, int(line), "") for name, line in FRAME.findall(message) if name in sources]
    error = ERROR.search(message)
    return TestTrace(
        nodeid=path,
        outcome="collect_error",
        lines={(name, line) for name, line, _ in frames},
        exception=error.group(1) if error else "",
        message=error.group(2) if error else message[-200:],
        frames=frames,
    )
