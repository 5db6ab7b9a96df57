"""A run whose money is used up ends with the reason, wherever the money was set aside."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mycoderai.gateway.cli.errors import ExitCode, exit_code_of
from mycoderai.schemas.events import Limits, ModelAnswered, RunSubmitted
from mycoderai.schemas.failure import FailureCode

LOOK = {"calls": [{"name": "bash", "arguments": {"command": "true"}}], "usage": {"input_tokens": 10, "cost_usd": 0.04}}
LIMITS = (
    (Limits(usd=0.1), 2, "The run has used $0.08 of $0.10"),
    (Limits(usd=5.0, step_usd=0.1), 2, "The step has used $0.08 of $0.10"),
    (Limits(), 1, "The fleet has today (UTC) used $0.20 of $0.20"),
)


async def test_a_run_ends_when_its_next_model_call_may_cost_more_than_is_left(
    start_fleet, make_repo: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    transcript = tmp_path / "transcript.json"
    transcript.write_text(json.dumps([LOOK] * 5))
    fleet = await start_fleet(roles=("orchestrator", "coder", "executor", "model"), fleet_usd_per_day=0.2)
    repo = make_repo({"a.py": "x = 1\n"})
    for limits, calls, reason in LIMITS:
        log = await fleet.submit(RunSubmitted(task="look", model=f"scripted:{transcript}", limits=limits), repo)
        finished = await fleet.finished(log)
        assert finished.failure
        assert finished.failure.code is FailureCode.BUDGET
        assert reason in finished.failure.message
        assert exit_code_of(finished.status, finished.failure.code) is ExitCode.LIMIT_REACHED
        assert sum(isinstance(event, ModelAnswered) for event in await fleet.events(log)) == calls
        assert finished.cost_usd == pytest.approx(calls * 0.04)
