"""The search: try ranked candidates, keep what turns tests green, build on partial progress."""

from __future__ import annotations

import copy
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import level as levels
from . import workspace
from .client import Evaluation
from .divide import Division, divide
from .edit import Candidate, overlaps
from .leave_out import is_named
from .level import Level
from .pool import Job, Pool
from .ranking import Ranking
from .suite import SuiteResult, likely_pytest_args, run_suite

SUITE_LIMIT_S = 10.0
MAX_SINGLES = (2500, 600, 300)
SINGLES_SHARE = 0.7
PAIRS_SHARE = 0.85
ENOUGH_SINGLES = 1000
LONG_SLICE_S = 60.0
SECOND_CHANCES = 3
ALONE_TRIES = 2
MAX_DEPTH = 3
STONE_WAIT = 120
MAX_STONES = 3
LOOK_AHEAD = 60
LOOK_AHEAD_SHARE = 0.6
PAIR_WIDTH = 45
Changes = list[Candidate]

# How far a plausible edit of a kind can be trusted to be the intended one, for the choice between several.
TRUST = {"guard": 0.7, "delete": 0.5, "constant": 0.7, "string": 0.8, "unwrap": 0.8, "insert": 0.85, "return": 0.9}


class OutOfTime(Exception):
    pass


@dataclass
class Progress:
    """Where the search is, so that another call can go on from there."""

    path: list[dict[str, Any]] = field(default_factory=list)
    tried: int = 0
    test_runs: int = 0
    rejected: int = 0


@dataclass
class Solution:
    changes: list[Changes]
    files: dict[str, bytes]
    level: Level


class Search:
    """Use as a context manager; leaving it ends every process of the search."""

    def __init__(self, root: Path, ends: float, targets: Sequence[str] = ()) -> None:
        """`targets`: the failing tests to mend; other failing ones are set aside. Without them, all."""
        self.root = root
        self._targets = targets
        self._aside: frozenset[str] = frozenset()
        self.progress = Progress()
        self.first_level: Level | None = None
        self.complete = True
        self._began = time.monotonic()
        self._ends = ends
        self._resume: list[dict[str, Any]] = []
        self._pool: Pool | None = None
        self._second_chances = SECOND_CHANCES

    @property
    def targeted(self) -> bool:
        return bool(self._targets)

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def resume(self, cursor: dict[str, Any]) -> None:
        self._resume = list(cursor["path"])
        self.progress.tried = cursor["tried"]

    def baseline(self) -> SuiteResult:
        """The first server imports the tests meanwhile; most often it is given the right arguments."""
        self._pool = Pool(self.root, likely_pytest_args(self.root))
        self._pool.start_one()
        whole = self._suite({}, impatient=True)
        if self._targets:
            self._aside = frozenset(nodeid for nodeid in whole.failing if not is_named(nodeid, self._targets))
        return whole.without(self._aside)

    def localise(self, baseline: SuiteResult) -> Level:
        """Trace the tests and rank the candidates: where the search begins."""
        assert self._pool is not None  # noqa: S101
        if self._pool.pytest_args != baseline.pytest_args:
            self._pool.close()
            self._pool = Pool(self.root, baseline.pytest_args)
        self.first_level = self._level(baseline, {})
        return self.first_level

    def divide(self, level: Level) -> Division:
        """The failing tests in independent groups."""
        assert self._pool is not None  # noqa: S101
        return divide(level, self._pool)

    def run(self, level: Level) -> Solution | None:
        """The solution, None when everything was tried; OutOfTime in between."""
        return self._descend(level, {}, 0)

    def _level(self, baseline: SuiteResult, base: dict[str, bytes]) -> Level:
        """The code with `base` in place of some files."""
        assert self._pool is not None  # noqa: S101
        self._check_time()
        if base:
            self._pool.install(base)
        return levels.build(self._pool.workers[0].folder, baseline, self._pool)

    def _descend(self, level: Level, base: dict[str, bytes], depth: int) -> Solution | None:
        """Search from the code with `base` in place of some files."""
        place: dict[str, Any] = {"next": 0, "stones": [], "dead": []}
        if depth < len(self._resume):
            place = copy.deepcopy(self._resume[depth])
        self.progress.path = [*self.progress.path[:depth], place, *self._resume[depth + 1 :]]
        if depth + 1 < len(self._resume) and place["stones"]:
            found = self._from_stone(level, base, place, depth)
            if found is not None:
                return found
        found = self._singles(level, base, place, depth)
        if found is None:
            found = self._pairs(level, base, place)
        return found

    def _singles(self, level: Level, base: dict[str, bytes], place: dict[str, Any], depth: int) -> Solution | None:
        while True:
            found = self._scan(level, base, place, depth)
            if found is not None:
                return found
            if not self._live_stones(place) or depth + 1 >= MAX_DEPTH:
                return None
            found = self._from_stone(level, base, place, depth)
            if found is not None:
                return found

    def _scan(self, level: Level, base: dict[str, bytes], place: dict[str, Any], depth: int) -> Solution | None:
        """Evaluate singles in order until one solves it, a stone has waited long enough, or none is left."""
        plausible: list[tuple[float, int, Changes]] = []
        seen = place["next"]
        stop_at = MAX_SINGLES[depth]
        jobs = ((index, [c]) for index, c in enumerate(level.ranked) if index >= place["next"])
        for index, job, result in self._evaluate(level, jobs):
            seen = index + 1
            if not plausible:
                place["next"] = index if self._solves(level, result) else seen
            waiting = [stone[0] for stone in self._live_stones(place) if stone[2]]
            if index >= stop_at or (not plausible and index >= ENOUGH_SINGLES and self._used(SINGLES_SHARE)):
                self.complete = self.complete and bool(plausible)
                break
            if self._solves(level, result):
                plausible.append((self._quality(job), -index, job))
                stop_at = min(stop_at, index + LOOK_AHEAD)
            elif self._steps(level, result):
                fixed = result.fixed(level.targets)
                place["stones"].append([index, len(fixed), int(level.mends_all_it_touches(job, fixed))])
            if plausible and job[0].score < LOOK_AHEAD_SHARE * plausible[0][2][0].score:
                break
            if not plausible and waiting and index >= max(waiting) + STONE_WAIT:
                break
        for _, _, best in sorted(plausible, key=lambda p: p[:2], reverse=True):
            if self._confirm(level, base, best):
                return Solution([best], {**base, **level.texts(best)}, level)
        place["next"] = seen
        return self._scan(level, base, place, depth) if plausible else None

    def _used(self, share: float) -> bool:
        """Pairs and an honest answer shall get some of the time too; short slices go on in another one."""
        slice_s = self._ends - self._began
        return slice_s >= LONG_SLICE_S and time.monotonic() - self._began > share * slice_s

    def _quality(self, job: Changes) -> float:
        return min(candidate.score * TRUST.get(candidate.kind, 1.0) for candidate in job)

    def _live_stones(self, place: dict[str, Any]) -> list[list[int]]:
        if len(place["dead"]) >= MAX_STONES:
            return []
        return [stone for stone in place["stones"] if stone[0] not in place["dead"]]

    def _from_stone(self, level: Level, base: dict[str, bytes], place: dict[str, Any], depth: int) -> Solution | None:
        """Take the cleanest stone, and of these the one that mends most tests, as a new start."""
        assert self._pool is not None  # noqa: S101
        stones = self._live_stones(place)
        best = max(stones, key=lambda stone: (stone[2], stone[1], -stone[0]))
        job = [level.ranked[best[0]]]
        files = {**base, **level.texts(job)}
        suite = self._suite(files, impatient=True)
        found = None
        if len(suite.failing) < len(level.failing) or len(suite.collect_errors) < len(level.broken_files):
            found = self._descend(self._level(suite, files), files, depth + 1)
        place["dead"].append(best[0])
        self.progress.path = self.progress.path[: depth + 1]
        self._resume = self._resume[: depth + 1]
        if found is not None:
            return Solution([job, *found.changes], found.files, level)
        self._pool.install({path: source.data for path, source in level.sources.items()})
        return None

    def _pairs(self, level: Level, base: dict[str, bytes], place: dict[str, Any]) -> Solution | None:
        """Two edits at once, over the most promising singles at different places."""
        top = _spread(level.ranked, PAIR_WIDTH)
        combined = [[a, b] for i, a in enumerate(top) for b in top[i + 1 :] if _independent(a, b)]
        combined.sort(key=lambda pair: -pair[0].score * pair[1].score)
        done = place.get("pairs", 0)
        for index, job, result in self._evaluate(level, ((n, p) for n, p in enumerate(combined) if n >= done)):
            place["pairs"] = index + 1
            if self._used(PAIRS_SHARE):
                self.complete = False
                break
            if self._solves(level, result) and self._confirm(level, base, job):
                return Solution([job], {**base, **level.texts(job)}, level)
        return None

    def _evaluate(
        self, level: Level, numbered: Iterator[tuple[int, list[Candidate]]]
    ) -> Iterator[tuple[int, list[Candidate], Evaluation]]:
        assert self._pool is not None  # noqa: S101
        jobs = (
            Job(index, changes, level.request(changes), level.warm and all(c.warm for c in changes))
            for index, changes in numbered
        )
        results = self._pool.map(jobs)
        try:
            for job, result in results:
                if time.monotonic() > self._ends:
                    self._pool.abandon()
                    raise OutOfTime
                self.progress.tried += 1
                self.progress.test_runs += len(result.outcomes)
                yield job.index, job.changes, result
        finally:
            results.close()  # type: ignore[attr-defined]

    def _solves(self, level: Level, result: Evaluation) -> bool:
        good = all(outcome in ("passed", "skipped") for outcome in result.outcomes.values())
        wanted = [n for n in level.failing[: levels.MAX_FAILING_RUN] if n in result.outcomes or not level.broken_files]
        everything = all(result.outcomes.get(nodeid) == "passed" for nodeid in wanted)
        return good and everything and bool(result.outcomes) and not result.timed_out and not result.broken

    def _steps(self, level: Level, result: Evaluation) -> bool:
        """Mends some of the failing tests and breaks none that passed."""
        fixed = set(result.fixed(level.failing))
        others = {n: o for n, o in result.outcomes.items() if n not in set(level.failing)}
        return bool(fixed) and all(o in ("passed", "skipped") for o in others.values()) and not result.broken

    def _confirm(self, level: Level, base: dict[str, bytes], job: Changes) -> bool:
        """The whole suite, up to the first failure; once more when that test fails only now and then."""
        files = {**base, **level.texts(job)}
        while True:
            suite = self._suite(files, "--", "--maxfail=1")
            if suite.as_good_as(level.baseline):
                return True
            fresh = [nodeid for nodeid in suite.failing if nodeid not in set(level.failing)]
            if not fresh or not self._second_chances or not self._pass_alone(files, fresh):
                known = (nodeid for nodeid in fresh if nodeid in level.baseline.outcomes)
                level.watched.update(dict.fromkeys(known))
                return False
            self._second_chances -= 1

    def _pass_alone(self, files: dict[str, bytes], tests: list[str]) -> bool:
        return any(not self._suite(files, "--select", *tests).failing for _ in range(ALONE_TRIES))

    def _suite(self, files: dict[str, bytes], *args: str, impatient: bool = False) -> SuiteResult:
        """The suite in a fresh process on a fresh copy with these files replaced."""
        self._check_time()
        folder = Path(tempfile.mkdtemp(prefix="mycoder-copy-"))
        try:
            workspace.copy(self.root, folder)
            for path, text in files.items():
                (folder / path).write_bytes(text)
            wall_s = max(self._ends - time.monotonic(), 1)
            result = run_suite(folder, SUITE_LIMIT_S, wall_s, *args, impatient=impatient, aside=self._aside)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.progress.test_runs += len(result.outcomes)
        if not (result.complete and result.outcomes):
            self._check_time()  # what was cut off by the end of the time says nothing
        return result

    def _check_time(self) -> None:
        if time.monotonic() > self._ends:
            raise OutOfTime


def _spread(ranked: Ranking, width: int) -> list[Candidate]:
    """The best few of every line, so that one line does not take all the places."""
    per_line: dict[tuple[str, int], int] = {}
    chosen = []
    for candidate in ranked:
        key = (candidate.path, candidate.line)
        if per_line.get(key, 0) < 6:
            per_line[key] = per_line.get(key, 0) + 1
            chosen.append(candidate)
        if len(chosen) >= width:
            break
    return chosen


def _independent(a: Candidate, b: Candidate) -> bool:
    return a.path != b.path or not overlaps(a.splices, b.splices)
