"""Lets mini-swe-agent's default agent run commands on the local machine, with its own deterministic model.

mini_swe_turns.py REPOSITORY TRAJECTORY    commands as a JSON list on stdin; prints one JSON line. Run by an environment
that has mini-swe-agent and nothing of this project.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.test_models import DeterministicModel, make_output

LAST = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


class TimedEnvironment(LocalEnvironment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.spans: list[tuple[float, float]] = []

    def execute(self, action: dict[str, Any], *arguments: Any, **options: Any) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            result: dict[str, Any] = super().execute(action, *arguments, **options)
            return result
        finally:
            self.spans.append((began, time.perf_counter()))


def main(repository: str, trajectory: str) -> None:
    commands = [*json.load(sys.stdin), LAST]
    outputs = [make_output(f"Turn {number}", [{"command": line}], 0.0) for number, line in enumerate(commands)]
    environment = TimedEnvironment(cwd=repository)
    agent = DefaultAgent(
        DeterministicModel(outputs=outputs, cost_per_call=0.0),
        environment,
        system_template="You work on a git repository.",
        instance_template="{{task}}",
        output_path=Path(trajectory),
    )
    agent.run("Look around.")
    spans = environment.spans
    between = [(after[0] - before[1]) * 1e3 for before, after in pairwise(spans)]
    print(json.dumps({"overhead_ms": between, "command_ms": [(end - began) * 1e3 for began, end in spans]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
