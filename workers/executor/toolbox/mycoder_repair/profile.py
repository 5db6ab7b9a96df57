"""Everything one traced run of the suite tells about the code."""

from __future__ import annotations

import json
import time
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
    functions: set[Line] = field(default_factory=set)
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

    def merge(self, other: Profile) -> None:
        self.traces.update(other.traces)
        for mine, theirs in (
            (self.kinds_failing, other.kinds_failing),
            (self.kinds_passing, other.kinds_passing),
        ):
            for place, names in theirs.items():
                known = mine.setdefault(place, {})
                for name, tags in names.items():
                    known.setdefault(name, set()).update(tags)

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


def record(server: Server, profile: Profile, request: dict[str, Any], failing: set[str]) -> None:
    """Trace the tests of a request; after one that kills its process, go on with the next."""
    left, ends = list(request["tests"]), time.monotonic() + request["share_s"]
    while left and time.monotonic() < ends:
        answer = server.ask({**request, "op": "trace", "tests": left})
        begun, stopped = "", False
        for text in answer["lines"]:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            begun = line.get("begin", begun)
            stopped = stopped or "stopped" in line
            if "id" in line:
                _add(profile, line, line["id"] in failing)
        if stopped or not begun or begun == left[-1]:
            break
        left = left[left.index(begun) + 1 :]


def _add(profile: Profile, line: dict[str, Any], failing: bool) -> None:
    failure = line["failure"]
    covered = {(path, number) for path, numbers in line["lines"].items() for number in numbers}
    profile.traces[line["id"]] = TestTrace(
        nodeid=line["id"],
        outcome=line["outcome"],
        lines=covered,
        functions={(path, number) for path, numbers in line["functions"].items() for number in numbers},
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
