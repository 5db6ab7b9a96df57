"""Eight independent steps whose model takes two seconds, on two agent workers of four slots, and one such step alone.

Both are plans of whole runs. The time is that from the first step made ready to the last one done, by the broker's
stamps: sessions are opened, the model is asked, commands run, the work is handed in.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import Any

from figure import Figure
from team import Team, bash, team

from mycoderai.broker.log import append
from mycoderai.schemas.events import CancelAsked, RunSubmitted, StepDone, StepReady
from mycoderai.schemas.execution import Repository

STEPS = 8
SLOTS = 4
MODEL_S = 2.0
COUNT = 5
REACH = 1.3
WITHIN_S = 60.0
POOLS = ("planner", "coder")
FILES = {"shop.py": "def total(items):\n    return sum(items)\n"}


def measure() -> Iterator[Figure]:
    alone, together = asyncio.run(_samples())
    yield Figure(name=f"one step of {MODEL_S:g} s model time", unit="s", samples=alone, durability="power")
    yield Figure(name=f"{STEPS} such steps, 2 workers of {SLOTS} slots", unit="s", samples=together, durability="power")
    shares = [seconds / median(alone) for seconds in together]
    yield Figure(name=f"{STEPS} steps in the time of one", unit="x", samples=shares, reach=REACH, durability="power")


async def _samples() -> tuple[list[float], list[float]]:
    roles = ("orchestrator", *POOLS, "executor", "model")
    async with team("power", roles=roles, slots=SLOTS) as here, here.worker(*POOLS, slots=SLOTS):
        repository = await here.repository(FILES)
        await _seconds(here, repository, 1)  # the first session makes the environment all share
        alone = [await _seconds(here, repository, 1) for _ in range(COUNT)]
        return alone, [await _seconds(here, repository, STEPS) for _ in range(COUNT)]


async def _seconds(here: Team, repository: Repository, steps: int) -> float:
    plan = [_step(f"step-{number}", _work(here)) for number in range(steps)]
    planner = here.model([[{"name": "plan", "arguments": {"steps": plan}}]], "planner")
    submission = RunSubmitted(
        task="Look around.", role="planner", repository=repository, model=planner, max_parallel=steps
    )
    log = await here.running.submit(submission)
    async with asyncio.timeout(WITHIN_S):
        await here.running.wait_for(log, StepDone, 1 + steps)
    # What is left is a test of the whole, which nobody is there to take.
    await append(here.running.client, log.ask("cancel"), CancelAsked())
    await here.running.finished(log)
    recorded = [one for one in await here.running.recorded(log) if one.subject.step.startswith("step-")]
    done = [one for one in recorded if isinstance(one.event, StepDone)]
    ready = next(one for one in recorded if isinstance(one.event, StepReady))
    return _moment(done[-1].time) - _moment(ready.time)


def _work(here: Team) -> str:
    turns = [[bash("wc -l shop.py")], [{"name": "submit", "arguments": {"summary": "Looked."}}]]
    return here.model([{"calls": calls, "delay_s": MODEL_S / len(turns)} for calls in turns], "work")


def _step(name: str, model: str) -> dict[str, Any]:
    return {"id": name, "role": "coder", "goal": f"Do {name}.", "accept": {"check": "none"}, "model": model}


def _moment(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
