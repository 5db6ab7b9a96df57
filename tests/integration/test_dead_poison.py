"""A message that kills its worker is set aside after as many deaths as the run allows, and harms nobody else."""

import asyncio
import os
import sys
from pathlib import Path

from dead_support import all_letters

from mycoderai.schemas.events import Limits, RunSubmitted
from mycoderai.schemas.failure import FailureCode

HANDLER = """
import os, signal

async def die(step):
    with open(os.environ["WITNESS"], "a") as file:
        file.write(step.run + "\\n")
    os.kill(os.getpid(), signal.SIGKILL)
"""
ATTEMPTS = 1


async def test_a_step_that_kills_its_worker_is_set_aside_and_other_pools_go_on(start_fleet, tmp_path: Path) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop"), pools=("polite",))
    (tmp_path / "poison.py").write_text(HANDLER)
    witness = tmp_path / "witness"
    settings = {
        "MYCODER_DATA_DIR": str(fleet.settings.data),
        "MYCODER_NATS_URL": fleet.settings.nats_url,
        "MYCODER_POOLS": "polite",
        "PYTHONPATH": str(tmp_path),
        "WITNESS": str(witness),
    }
    mycoder = str(Path(sys.executable).parent / "mycoder")
    process = await asyncio.create_subprocess_exec(
        *(mycoder, "worker", "--role", "polite", "--handler", "poison:die"),
        env=os.environ | settings,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        poison = await fleet.submit(RunSubmitted(task="x", role="polite", limits=Limits(attempts=ATTEMPTS)))
        good = [await fleet.submit(RunSubmitted(task="x", role="noop")) for _ in range(5)]
        assert {(await fleet.finished(log)).status for log in good} == {"succeeded"}
        finished = await fleet.finished(poison)
    finally:
        process.terminate()
        await process.wait()
    assert finished.failure
    assert finished.failure.code is FailureCode.ATTEMPTS_EXHAUSTED
    assert witness.read_text().split() == [poison.run] * ATTEMPTS
    (letter,) = await all_letters(await fleet.connect("admin"))
    assert (letter.pool, letter.run, letter.step) == ("polite", poison.run, "main")
    assert letter.attempts > ATTEMPTS
