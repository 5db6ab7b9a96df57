"""mini-swe-agent's own overhead per turn on the same commands, to compare with. It is no requirement of this project:
the figure is made when MYCODER_BENCH_MINI_SWE names the Python of an environment that has it.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from figure import Figure
from harness import HERE, scratch

PYTHON = "MYCODER_BENCH_MINI_SWE"


def measure(commands: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> Iterator[Figure]:
    python = os.environ.get(PYTHON)
    if not python:
        return
    from team import make_repository

    for what, lines in commands.items():
        with scratch() as folder:
            make_repository(folder / "repository", files)
            done = subprocess.run(
                [python, str(HERE / "mini_swe_turns.py"), str(folder / "repository"), str(folder / "trajectory.json")],
                input=json.dumps(lines),
                env={**os.environ, "MSWEA_GLOBAL_CONFIG_DIR": str(folder), "MSWEA_SILENT_STARTUP": "1"},
                capture_output=True,
                text=True,
                check=True,
            )
        found = json.loads(done.stdout.splitlines()[-1])
        yield Figure(name=f"mini-swe-agent: overhead of a turn that {what}", unit="ms", samples=found["overhead_ms"])
        yield Figure(
            name=f"mini-swe-agent: its command, not confined, that {what}", unit="ms", samples=found["command_ms"]
        )
