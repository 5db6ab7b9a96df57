"""What a turn of an agent costs besides its model and its command: messages, journal, checkpoint.

A transcript plays the model and takes no time; each turn runs one command in a repository of two thousand files. The
overhead is the time between two turns in the log, by the broker's stamps, without the time the command's box was
there. A turn that changes a file includes a checkpoint: snapshot, commit, bundle, artifact.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime

import mini_swe
from figure import Figure
from harness import DURABILITIES, Durability
from team import GIVE_UP, Team, bash, many_files, team

from mycoderai.schemas.events import Limits, RunSubmitted, StepTurn
from mycoderai.schemas.execution import Repository

REACH_MS = {"power": 25.0, "process": None}
FILES = 2000
TURNS = 80
WARM_UP = 5
COMMANDS = {"reads": "wc -l {}", "changes a file": "echo 'TURN = 1' >> {}"}


def measure() -> Iterator[Figure]:
    for durability in DURABILITIES:
        for what, (overhead, boxes) in asyncio.run(_samples(durability)).items():
            yield Figure(
                name=f"overhead of an agent's turn that {what}",
                unit="ms",
                samples=overhead,
                reach=REACH_MS[durability],
                durability=durability,
            )
            if durability == "power":
                yield Figure(name=f"command of a turn that {what}, in its box", unit="ms", samples=boxes)
    yield from mini_swe.measure({what: commands(what) for what in COMMANDS}, many_files(FILES))


def commands(what: str) -> list[str]:
    files = list(many_files(FILES))
    return [COMMANDS[what].format(files[turn * 23]) for turn in range(TURNS)]


async def _samples(durability: Durability) -> dict[str, tuple[list[float], list[float]]]:
    async with team(durability) as here:
        repository = await here.repository(many_files(FILES))
        return {what: await _run(here, repository, what) for what in COMMANDS}


async def _run(here: Team, repository: Repository, what: str) -> tuple[list[float], list[float]]:
    """Overheads and boxes, in milliseconds."""
    model = here.model([*([bash(command)] for command in commands(what)), [GIVE_UP]])
    log = await here.running.submit(
        RunSubmitted(task="Look around.", repository=repository, model=model, limits=Limits(minutes=30))
    )
    await here.running.finished(log)
    recorded = await here.running.recorded(log)
    ends = [_moment(one.time) for one in recorded if isinstance(one.event, StepTurn)][:TURNS]
    if len(ends) < TURNS:
        raise RuntimeError(f"the step took {len(ends)} turns{await here.running.story(log)}")
    overheads, boxes = [], []
    for began, ended in zip(ends[WARM_UP:], ends[WARM_UP + 1 :], strict=False):
        box = sum(took for start, took in here.boxes() if began < start < ended)
        boxes.append(box * 1e3)
        overheads.append((ended - began - box) * 1e3)
    return overheads, boxes


def _moment(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
