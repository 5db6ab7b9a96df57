"""Which tests are traced, and how closely: the failing ones over everything, the others where those have been."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .client import ServerDied
from .pool import Worker
from .profile import Profile, record

FAILING_TRACED = 80
FAILING_SHARE_S = 20.0
PASSING_SHARE_S = 5.0
SPARE_WALL_S = 40.0
STRIDES = 5


def survey(
    workers: Sequence[Worker], tests: Sequence[str], failing: Sequence[str], hanging: list[str], files: list[str]
) -> Profile:
    """Trace in all workers at once; `failing` in order of interest, `tests` in the order of the suite."""
    common: dict[str, Any] = {"files_traced": files, "hanging": hanging, "functions": None}
    profile = Profile({}, {}, {})
    wanted = set(failing)
    chosen = set([nodeid for nodeid in failing if nodeid in set(tests)][:FAILING_TRACED])
    _share_out(workers, profile, [n for n in tests if n in chosen], wanted, _timed(common, FAILING_SHARE_S))
    functions = _functions(profile)
    if functions:
        common.update(files_traced=list(functions), functions=functions)
        passing = _passing([nodeid for nodeid in tests if nodeid not in wanted], failing)
        _share_out(workers, profile, passing, wanted, _timed(common, PASSING_SHARE_S))
    return profile


def _timed(request: dict[str, Any], share_s: float) -> dict[str, Any]:
    return {**request, "share_s": share_s, "wall_s": share_s + SPARE_WALL_S}


def _functions(profile: Profile) -> dict[str, list[int]]:
    """First lines of the functions some failing test ran."""
    found: dict[str, set[int]] = defaultdict(set)
    for trace in profile.traces.values():
        for path, line in trace.functions:
            found[path].add(line)
    return {path: sorted(lines) for path, lines in found.items()}


def _passing(tests: list[str], failing: Sequence[str]) -> list[str]:
    """Those beside the failing ones first, then a fair sample of the others, since time may not suffice for all."""
    files = {nodeid.split("::")[0] for nodeid in failing}
    near = [nodeid for nodeid in tests if nodeid.split("::")[0] in files]
    far = [nodeid for nodeid in tests if nodeid.split("::")[0] not in files]
    return [nodeid for part in (near, far) for start in range(STRIDES) for nodeid in part[start::STRIDES]]


def _share_out(
    workers: Sequence[Worker], profile: Profile, tests: list[str], failing: set[str], request: dict[str, Any]
) -> None:
    parts = [Profile({}, {}, {}) for _ in workers]
    threads = [
        threading.Thread(target=_record, args=(worker, part, {**request, "tests": tests[n :: len(workers)]}, failing))
        for n, (worker, part) in enumerate(zip(workers, parts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in parts:
        profile.merge(part)


def _record(worker: Worker, profile: Profile, request: dict[str, Any], failing: set[str]) -> None:
    with suppress(ServerDied):
        record(worker.warm, profile, request, failing)
