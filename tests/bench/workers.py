"""Runs a minute of one and of eight agent workers, with four slots each and a model that takes two seconds.

Each run is one step that asks the model once, through the one model role there is; the model plays a transcript and
holds its answer back. A worker gets three runs to a slot, all submitted at once. No code is worked on: what sessions
at an executor cost, `parallel_steps` tells.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

from figure import Figure
from harness import POOL, bench_fleet, more_workers
from noops import Runner

WORKERS = 8
SLOTS = 4
WAVES = 3
MODEL_S = 2.0
SAMPLES = 5
REACH_PERCENT = 95.0
HANDLER = "handlers:ask_model"


def measure() -> Iterator[Figure]:
    one = asyncio.run(_samples(1))
    many = asyncio.run(_samples(WORKERS))
    for workers, samples in ((1, one), (WORKERS, many)):
        yield Figure(
            name=f"runs of {MODEL_S:g} s model time, workers of {SLOTS} slots: {workers}",
            unit="runs/min",
            samples=samples,
            at_least=True,
            durability="power",
        )
    shares = [100 * rate / (WORKERS * Figure(name="", unit="", samples=one).median) for rate in many]
    yield Figure(
        name=f"runs of {WORKERS} workers, of {WORKERS} times those of one",
        unit="%",
        samples=shares,
        reach=REACH_PERCENT,
        at_least=True,
        durability="power",
    )


async def _samples(workers: int) -> list[float]:
    roles = ("orchestrator", "model", "memory", POOL)
    async with (
        bench_fleet(HANDLER, "power", *roles, slots=SLOTS) as (fleet, nc),
        more_workers(fleet, POOL, workers - 1, HANDLER),
    ):
        runner = await Runner(nc, model=_transcript(fleet.settings.data)).start()
        await _a_minute(runner, workers * SLOTS)
        return [await _a_minute(runner, workers * SLOTS * WAVES) for _ in range(SAMPLES)]


async def _a_minute(runner: Runner, runs: int) -> float:
    began = time.monotonic()
    done = await asyncio.gather(*(runner.one() for _ in range(runs)))
    return 60 * runs / (max(one.finished_s for one in done) - began)


def _transcript(folder: Path) -> str:
    file = folder / "transcript.json"
    file.write_text(json.dumps([{"text": "Done.", "delay_s": MODEL_S}]))
    return f"scripted:{file}"
