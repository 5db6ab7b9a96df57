"""A pool of one's own, served by an ordinary callable, as docs/handlers.md says."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fleet_support import RunningFleet

from mycoderai.schemas.events import RunSubmitted, StepFailed
from mycoderai.schemas.failure import FailureCode

DOCUMENT = Path(__file__).parents[2] / "docs" / "handlers.md"
HANDLERS = """
from mycoderai.workers.handler import Done

async def broken(step):
    raise ValueError("on purpose")

def wrong(step):
    return "done"

not_callable = 3
"""

StartWorker = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start_worker(tmp_path: Path) -> AsyncIterator[StartWorker]:
    """`mycoder worker --role polite --handler …`, with the documented example and the handlers above at hand."""
    example = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert example
    (tmp_path / "house_rules.py").write_text(example[1])
    (tmp_path / "handlers.py").write_text(HANDLERS)
    async with AsyncExitStack() as stack:

        async def start(fleet: RunningFleet, handler: str) -> asyncio.subprocess.Process:
            settings = {
                "MYCODER_DATA_DIR": str(fleet.settings.data),
                "MYCODER_NATS_URL": fleet.settings.nats_url,
                "MYCODER_POOLS": "polite",
                "PYTHONPATH": str(tmp_path),
            }
            mycoder = Path(sys.executable).parent / "mycoder"
            process = await asyncio.create_subprocess_exec(
                *(str(mycoder), "worker", "--role", "polite", "--handler", handler),
                env=os.environ | settings,
                stderr=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(end, process)
            return process

        yield start


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.communicate()


async def test_the_documented_handler_serves_its_pool(start_fleet, start_worker) -> None:
    fleet = await start_fleet(roles=("orchestrator", "memory"), pools=("polite",))
    await start_worker(fleet, "house_rules:run_step")
    log = await fleet.submit(RunSubmitted(task="please tidy up", role="polite"))
    finished = await fleet.finished(log)
    assert (finished.status, finished.summary) == ("succeeded", "Did 'please tidy up', attempt 1.")
    log = await fleet.submit(RunSubmitted(task="tidy up", role="polite"))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.message == "Say please."


@pytest.mark.parametrize(
    ("handler", "words"),
    [("handlers:broken", "ValueError: on purpose"), ("handlers:wrong", "not Done, Failed or Parked")],
)
async def test_a_handler_that_breaks_is_tried_again_and_then_fails_the_run(
    start_fleet, start_worker, handler: str, words: str
) -> None:
    fleet = await start_fleet(roles=("orchestrator", "memory"), pools=("polite",))
    await start_worker(fleet, handler)
    log = await fleet.submit(RunSubmitted(task="x", role="polite"))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code == FailureCode.HANDLER_ERROR
    assert words in finished.failure.message
    assert sum(isinstance(event, StepFailed) for event in await fleet.events(log)) == 3


@pytest.mark.parametrize("handler", ["nowhere:run", "handlers:missing", "handlers:not_callable", "handlers"])
async def test_a_handler_that_cannot_be_loaded_is_said_at_the_start(start_fleet, start_worker, handler: str) -> None:
    fleet = await start_fleet(roles=(), pools=("polite",))
    process = await start_worker(fleet, handler)
    _, errors = await process.communicate()
    assert process.returncode not in (0, None)
    assert handler.encode() in errors
    assert b"Traceback" not in errors
