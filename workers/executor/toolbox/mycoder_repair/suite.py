"""The project's whole suite in a fresh process, through `mycoder_tests`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from . import leave_out

GOOD = ("passed", "skipped")


@dataclass(frozen=True)
class SuiteResult:
    outcomes: dict[str, str]
    durations: dict[str, float]
    messages: dict[str, str]
    collect_errors: dict[str, str]
    pytest_args: tuple[str, ...]
    complete: bool

    @property
    def failing(self) -> list[str]:
        return [nodeid for nodeid, outcome in self.outcomes.items() if outcome not in GOOD]

    def as_good_as(self, before: SuiteResult) -> bool:
        """Everything green, and no test of `before` is missing or newly skipped."""
        if self.collect_errors or self.failing or not self.complete:
            return False
        for nodeid, outcome in before.outcomes.items():
            now = self.outcomes.get(nodeid)
            if now is None or (now == "skipped" and outcome != "skipped"):
                return False
        return bool(self.outcomes)

    def without(self, aside: Collection[str]) -> SuiteResult:
        """As if these tests did not exist."""
        if not aside:
            return self
        kept = [nodeid for nodeid in self.outcomes if nodeid not in aside]
        return replace(
            self,
            outcomes={nodeid: self.outcomes[nodeid] for nodeid in kept},
            durations={nodeid: self.durations[nodeid] for nodeid in kept},
            messages={nodeid: self.messages[nodeid] for nodeid in kept},
        )


def toolbox_folder() -> str:
    return str(Path(__file__).resolve().parent.parent)


def likely_pytest_args(root: Path) -> list[str]:
    """What `mycoder_tests` will add to the command, unless the project's options turn out not to work."""
    idle: list[str] = import_module("mycoder_tests").idle_plugins(root)
    return idle


def run_suite(
    root: Path, limit_s: float, wall_s: float, *args: str, impatient: bool = False, aside: Collection[str] = ()
) -> SuiteResult:
    """`args` are further arguments of `mycoder_tests`; `impatient`: every test that hangs shortens the limit; tests
    in `aside` are not run."""
    with tempfile.TemporaryDirectory(prefix="mycoder-suite-") as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "mycoder_tests", "--report", str(report)]
        command += ["--limit-s", f"{limit_s:g}", "--wall-s", f"{max(wall_s, 1):g}", *args]
        path = os.pathsep.join(filter(None, [toolbox_folder(), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["MYCODER_IMPATIENT"] = "1" if impatient else ""
        if aside:
            command += leave_out.arguments(args)
            environment.update(leave_out.environment(aside, Path(folder)))
        subprocess.run(
            command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        return _read(json.loads(report.read_text(encoding="utf-8")))


def _read(report: dict[str, object]) -> SuiteResult:
    tests = report["tests"]
    errors, args = report["collect_errors"], report["pytest_args"]
    assert isinstance(tests, list)  # noqa: S101 - the shape of our own report
    assert isinstance(errors, list)  # noqa: S101
    assert isinstance(args, list)  # noqa: S101
    return SuiteResult(
        outcomes={test["id"]: test["outcome"] for test in tests},
        durations={test["id"]: float(test["duration_s"]) for test in tests},
        messages={test["id"]: test["message"] for test in tests},
        collect_errors={error["id"]: error["message"] for error in errors},
        pytest_args=tuple(args),
        complete=not report["not_run"],
    )
