"""On a loaded host a limit ends what runs or sleeps for too long, and never what only waited for a processor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.executor.toolbox.mycoder_clock import MOST, counted_s, kept_waiting_s

TOOLBOX = Path(__file__).resolve().parents[2] / "workers" / "executor" / "toolbox"
LIMIT_S = 0.8
WORK = "import os, time\nos.nice(5)\nwhile time.process_time() < 0.4: pass\n"
"""Less work than the limit allows, in a process that gets a quarter of its processor: over the limit by the clock, and
still well within the most that is waited for where others crowd the processor, too."""
ASK_SERVER = f"""
import json, os, sys, time
from mycoder_repair.child import fork
from mycoder_repair.channel import write_line
from mycoder_repair.server import _collect
def work(writer):
    exec(sys.argv[1], {{}})
    write_line(writer, {{"done": True}})
pid, reader = fork(work, 1 << 40)
print(json.dumps(_collect(pid, reader, {LIMIT_S})))
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not say who waits")


@pytest.fixture
def crowded() -> Iterator[int]:
    """A processor that something else keeps busy."""
    processor = min(os.sched_getaffinity(0))
    spin = subprocess.Popen(
        [sys.executable, "-c", f"import os\nos.sched_setaffinity(0, [{processor}])\nwhile True: pass"]
    )
    yield processor
    spin.send_signal(signal.SIGKILL)
    spin.wait()


def on(processor: int, *command: object, **settings: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(TOOLBOX), **settings}
    pinned = ["-c", f"import os, sys\nos.sched_setaffinity(0, [{processor}])\nos.execv(sys.executable, sys.argv[1:])"]
    arguments = [sys.executable, *pinned, sys.executable, *command]
    return subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True).stdout


def judged(processor: int, program: str) -> tuple[list[str], bool]:
    lines, timed_out = json.loads(on(processor, "-c", ASK_SERVER, program))
    return lines, timed_out


def test_a_candidate_that_was_kept_from_the_processor_is_judged(crowded: int) -> None:
    assert judged(crowded, WORK) == (['{"done": true}'], False)


def test_a_candidate_whose_program_was_kept_from_the_processor_is_judged(crowded: int) -> None:
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {WORK!r}], check=True)"
    assert judged(crowded, program) == (['{"done": true}'], False)


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "while True: pass"])
def test_a_candidate_that_sleeps_or_never_ends_is_given_up(program: str, crowded: int) -> None:
    assert judged(crowded, program) == ([], True)


def test_a_test_of_a_loaded_host_is_not_called_too_slow(crowded: int, tmp_path: Path) -> None:
    body = WORK.replace("\n", "\n    ")
    (tmp_path / "test_it.py").write_text(
        f"def test_busy():\n    {body}\ndef test_asleep():\n    import time; time.sleep(60)\n"
    )
    report = tmp_path / "report.json"
    command = ["-m", "mycoder_tests", "--report", report, "--limit-s", LIMIT_S, "--", "--rootdir", tmp_path, tmp_path]
    with pytest.raises(subprocess.CalledProcessError):
        on(crowded, *map(str, command))
    outcomes: list[dict[str, Any]] = json.loads(report.read_text())["tests"]
    assert [test["outcome"] for test in outcomes] == ["passed", "timeout"]


@given(st.floats(0, 1e6), st.floats(-1, 1e6))
def test_waiting_shortens_what_counts_but_never_below_a_share(wall_s: float, kept_s: float) -> None:
    counted = counted_s(wall_s, kept_s)
    assert wall_s / MOST <= counted <= wall_s
    assert counted_s(wall_s, kept_s + 1) <= counted


def test_a_process_that_is_gone_waits_for_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert list(kept_waiting_s(ended.pid)) == []
