"""Memory of one agent worker whose steps all wait for a model at the same time.

Every step is a run of its own, of a tiny repository, with a session at a real executor: it has been opened, its
conversation built, and the model role holds its first answer back. The executor's memory is told too.
"""

import asyncio
from collections.abc import Iterator

from figure import Figure
from harness import fleet_processes
from nats.aio.msg import Msg
from team import Team, team

from mycoderai.schemas.events import Limits, RunSubmitted

STEPS = 500
REACH_MB = 250.0
HELD_S = 900.0
WITHIN_S = 400.0
FILES = {"shop.py": "def total(items):\n    return sum(items)\n"}


def measure() -> Iterator[Figure]:
    agents, executor = asyncio.run(_memory())
    yield Figure(name=f"RSS of an agent worker, {STEPS} steps waiting", unit="MB", samples=[agents], reach=REACH_MB)
    yield Figure(name=f"RSS of the executor with their {STEPS} sessions", unit="MB", samples=[executor])


async def _memory() -> tuple[float, float]:
    roles = ("orchestrator", "coder", "executor", "model")
    async with team("process", roles=roles, slots=STEPS) as here:
        repository = await here.repository(FILES)
        model = here.model([{"text": "Done.", "delay_s": HELD_S}])
        submission = RunSubmitted(task="Wait.", repository=repository, model=model, limits=Limits(minutes=60))
        all_opened = await _all_opened(here)
        for _ in range(STEPS):
            await here.running.submit(submission)
        async with asyncio.timeout(WITHIN_S):
            await all_opened.wait()
        pids = fleet_processes(here.folder / "data")
        return _rss_mb(pids["agents"]), _rss_mb(pids["executor"])


async def _all_opened(here: Team) -> asyncio.Event:
    """Set when every step has its session; the model is asked at once then."""
    opened, left = asyncio.Event(), STEPS

    async def on_opened(_: Msg) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            opened.set()

    await here.running.client.subscribe("log.*.*.step.*.*.opened", cb=on_opened)
    await here.running.client.flush()
    return opened


def _rss_mb(pid: int) -> float:
    with open(f"/proc/{pid}/smaps_rollup") as file:
        rows = dict(line.split(":", 1) for line in file if line.startswith("Rss"))
    return int(rows["Rss"].split()[0]) * 1024 / 1e6
