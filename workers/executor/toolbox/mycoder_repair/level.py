"""One starting point of the search: the code as it is, what fails, and the ranked candidates for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from . import symptoms as symptom_reader
from . import workspace
from .edit import Candidate, Splice, apply
from .generate import Generator
from .pool import Pool
from .profile import Line, Profile, TestTrace
from .ranking import Ranking
from .source import FUNCTIONS, Source
from .suite import SuiteResult
from .survey import survey

FRAME = re.compile(r"^(\S+\.py):(\d+):", re.MULTILINE)
ERROR = re.compile(r"^E\s+(\w+): (.*)$", re.MULTILINE)
SLOW_S = 0.5
HANGING_LIMIT_S = 0.25
SPARE_S = 0.15
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
    ranked: Ranking
    suspicion: dict[Line, float]
    ordered: bool
    warm: bool
    watched: dict[str, None] = field(default_factory=dict)
    _reached: dict[Line, tuple[list[str], list[str]]] = field(default_factory=dict)

    @property
    def traced(self) -> bool:
        return any(nodeid in self.profile.traces for nodeid in self.targets)

    @property
    def targets(self) -> list[str]:
        return [*self.failing, *self.broken_files]

    def setup(self) -> dict[str, Any]:
        ids = list(self.baseline.outcomes)
        return {
            "ids": ids,
            "limits": [self._limit_s(nodeid) for nodeid in ids],
            "failing": self.targets,
            "whole_files": self.broken_files,
            "ordered": self.ordered,
            "writes": any(trace.starts_programs for trace in self.profile.traces.values()),
        }

    def request(self, changes: list[Candidate]) -> dict[str, Any]:
        """What a server is asked in order to judge these changes together."""
        failing = self.failing[:MAX_FAILING_RUN]
        passing = [] if self.ordered else list({**self.watched, **dict.fromkeys(self._affected(changes))})
        tests = list(self.baseline.outcomes) if self.ordered else [*failing, *passing]
        probes = len(tests) if self.ordered or self.broken_files else len(failing)
        return self._question(changes, tests, probes)

    def unchanged(self, failing: Sequence[str]) -> dict[str, Any]:
        """What a server is asked in order to run failing tests on the code as it is."""
        tests = failing[:MAX_FAILING_RUN]
        return self._question([], tests, len(tests))

    def _question(self, changes: list[Candidate], tests: Sequence[str], probes: int) -> dict[str, Any]:
        usual_s = sum(self.baseline.durations.get(nodeid, 0.0) for nodeid in tests)
        parts: dict[str, list[list[Any]]] = {}
        for change in changes:
            parts.setdefault(change.path, []).extend([s.start, s.end, s.new.decode()] for s in change.splices)
        return {
            "changes": parts,
            "tests": [self._numbers[nodeid] for nodeid in tests],
            "probes": probes,
            "wall_s": 2.0 + 3 * min(usual_s, 20.0),
        }

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {nodeid: number for number, nodeid in enumerate(self.baseline.outcomes)}

    def texts(self, changes: list[Candidate]) -> dict[str, bytes]:
        splices: dict[str, list[Splice]] = {}
        for change in changes:
            splices.setdefault(change.path, []).extend(change.splices)
        return {path: apply(self.sources[path].data, parts) for path, parts in splices.items()}

    def _limit_s(self, nodeid: str) -> float:
        if self.baseline.outcomes.get(nodeid) == "timeout":
            return HANGING_LIMIT_S
        return SPARE_S + 4 * self.baseline.durations.get(nodeid, 0.0)

    def _affected(self, changes: list[Candidate]) -> list[str]:
        """Passing tests that reach the changed functions; those that reach the line itself first."""
        near: dict[str, None] = {}
        far: dict[str, None] = {}
        for change in changes:
            at_line, around = self._reaching(change.path, change.line)
            near.update(dict.fromkeys(at_line))
            far.update(dict.fromkeys(around))
        return list({**near, **far})[:MAX_PASSING_RUN]

    def mends_all_it_touches(self, changes: list[Candidate], fixed: list[str]) -> bool:
        """Else the edit is more likely a coincidence than one of several independent faults."""
        touched = {n for c in changes for n in self.profile.covering(c.path, c.line, c.line)}
        return touched & set(self.failing) <= set(fixed)

    def _reaching(self, path: str, line: int) -> tuple[list[str], list[str]]:
        known = self._reached.get((path, line))
        if known is None:
            failing = set(self.failing)
            first, last = _reach(self.sources[path], line)
            at_line = [n for n in self.profile.covering(path, line, line) if n not in failing]
            around = [n for n in self.profile.covering(path, first, last) if n not in failing]
            known = self._reached[path, line] = (at_line, around)
        return known


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
    """Trace the suite in the workers and rank the candidates. The workers hold this code already."""
    pool.start()
    hello = pool.hello
    tests = [nodeid for nodeid in hello.get("ids", []) if nodeid in baseline.outcomes]
    test_files, examples = hello.get("test_files", []), hello.get("example_files", [])
    editable = workspace.editable(root, set(test_files), hello.get("test_paths", []), examples)
    failing = _by_use(baseline)
    hanging = [nodeid for nodeid in failing if baseline.outcomes[nodeid] == "timeout"]
    profile = survey(pool.live, tests, failing, hanging, editable) if tests else Profile({}, {}, {})
    import_lines = {path: set(lines) for path, lines in hello.get("import_lines", {}).items()}
    broken = list(baseline.collect_errors)
    ran = {path for trace in profile.traces.values() for path, _ in trace.lines}
    sources = _parse(root, [path for path in editable if broken or path in ran or path in import_lines])
    for path, message in baseline.collect_errors.items():
        profile.traces[path] = _import_failure(path, message, sources)
    targets = [*failing, *broken]
    symptoms = symptom_reader.read([profile.traces[nodeid] for nodeid in targets if nodeid in profile.traces])
    near = {nodeid.split("::")[0] for nodeid in targets}
    test_sources = _texts(root, [path for path in test_files if path in near])
    generator = Generator(sources, profile, targets, symptoms, import_lines, test_sources)
    level = Level(
        baseline=baseline,
        sources=sources,
        profile=profile,
        failing=failing,
        broken_files=broken,
        ranked=Ranking(generator.ranked()),
        suspicion=generator.suspicion,
        ordered=False,
        warm=not broken and bool(tests),
    )
    _check(level, pool)
    return level


def _by_use(baseline: SuiteResult) -> list[str]:
    """Failing tests: those that hang or take long judge a candidate last, different functions before more cases."""
    cases: Counter[str] = Counter()
    keys: dict[str, tuple[bool, bool, int]] = {}
    for nodeid in baseline.failing:
        function = nodeid.split("[")[0]
        hangs = baseline.outcomes[nodeid] in ("timeout", "crashed")
        keys[nodeid] = hangs, baseline.durations.get(nodeid, 0.0) > SLOW_S, cases[function]
        cases[function] += 1
    return sorted(keys, key=lambda nodeid: keys[nodeid])


def _texts(root: Path, paths: list[str]) -> list[str]:
    texts = []
    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            texts.append((root / path).read_text(encoding="utf-8"))
    return texts


def _check(level: Level, pool: Pool) -> None:
    """Do the failing tests fail on their own and in memory too? Those that do are enough to judge by; if none does,
    the tests run as in the suite."""
    pool.prepare(level.setup())
    if not level.warm or not level.failing:
        return
    tried = level.failing[:MAX_FAILING_RUN]
    passed = set(pool.workers[0].evaluate(level.request([]), warm=True).fixed(tried))
    if not passed:
        return
    if len(passed) < len(tried):
        level.failing = [nodeid for nodeid in level.failing if nodeid not in passed]
    else:
        level.ordered = True
    pool.prepare(level.setup())
    if level.ordered and pool.workers[0].evaluate(level.request([]), warm=True).fixed(level.failing):
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
