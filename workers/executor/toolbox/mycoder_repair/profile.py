"""Everything one traced run of the suite tells about the code."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .client import Server

Line = tuple[str, int]


@dataclass
class TestTrace:
    """What one test executed and how it ended."""

    __test__ = False
    nodeid: str
    outcome: str
    lines: set[Line]
    exception: str = ""
    message: str = ""
    frames: list[tuple[str, int, str]] = field(default_factory=list)
    relation: list[str] = field(default_factory=list)
    starts_programs: bool = False


@dataclass
class Profile:
    traces: dict[str, TestTrace]
    kinds_failing: dict[Line, dict[str, set[str]]]
    kinds_passing: dict[Line, dict[str, set[str]]]

    def covering(self, path: str, first: int, last: int) -> list[str]:
        """Tests that ran any of these lines."""
        wanted = {(path, line) for line in range(first, last + 1)}
        return [nodeid for nodeid, trace in self.traces.items() if not trace.lines.isdisjoint(wanted)]

    def kinds(self, path: str, line: int) -> dict[str, set[str]]:
        """Types by variable at a line, in failing and passing runs together."""
        merged: dict[str, set[str]] = defaultdict(set)
        for source in (self.kinds_failing, self.kinds_passing):
            for name, tags in source.get((path, line), {}).items():
                merged[name] |= tags
        return dict(merged)


def record(server: Server, tests: list[str], failing: set[str], files: list[str], wall_s: float) -> Profile:
    """Trace all tests; after one that kills its process, go on with the next."""
    profile = Profile({}, {}, {})
    left = list(tests)
    while left:
        answer = server.ask({"op": "trace", "tests": left, "files_traced": files, "wall_s": wall_s})
        begun = ""
        for text in answer["lines"]:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if "begin" in line:
                begun = line["begin"]
            elif "id" in line:
                _add(profile, line, line["id"] in failing)
        if not begun or begun == left[-1]:
            break
        left = left[left.index(begun) + 1 :]
    return profile


def _add(profile: Profile, line: dict[str, Any], failing: bool) -> None:
    failure = line["failure"]
    covered = {(path, number) for path, numbers in line["lines"].items() for number in numbers}
    profile.traces[line["id"]] = TestTrace(
        nodeid=line["id"],
        outcome=line["outcome"],
        lines=covered,
        exception=failure.get("exception", ""),
        message=failure.get("message", ""),
        frames=[(path, number, name) for path, number, name in failure.get("frames", ())],
        relation=failure.get("relation", []),
        starts_programs=failure.get("starts_programs", False),
    )
    kinds = profile.kinds_failing if failing else profile.kinds_passing
    for path, number, names in line["kinds"]:
        known = kinds.setdefault((path, number), {})
        for name, tags in names.items():
            known.setdefault(name, set()).update(tags)
