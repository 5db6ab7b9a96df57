"""One test: a load, a fault while it runs, the fleet at rest, the verdicts."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

import remembered
from homes import SHARED, Home
from load import Load
from nats.aio.msg import Msg
from rest import come_to_rest
from rig import AGENTS, MEMORIES, TOLD_WITHIN_S, Rig
from verdicts import Runs, Seen, Violation, judge, read_runs
from witness import effects, ledger

from mycoderai.broker.api import ask_api
from mycoderai.broker.tasks import all_or_none
from mycoderai.schemas.subjects import stream_of

LOOK_EVERY_S = 0.05
Check = Callable[[Runs], Sequence[str]]


class Scene:
    """What a fault gets."""

    def __init__(self, rig: Rig, load: Load, rng: random.Random, seconds: float) -> None:
        self.rig = rig
        self.load = load
        self.rng = rng
        self.seconds = seconds
        self.loaded = asyncio.Event()
        """Every client was told something definite."""
        self.wrong: list[Violation] = []
        self.faults = 0
        self._checks: list[Check] = []

    def expect(self, holds: bool, verdict: str, said: str, run: str = "") -> None:
        """A promise of this fault's own."""
        if not holds:
            self.wrong.append(Violation(verdict, said, run))

    async def until(self, holds: Callable[[], bool], what: str, within_s: float = TOLD_WITHIN_S) -> None:
        """Wait for something that nobody tells. Raises TimeoutError."""
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            await asyncio.sleep(LOOK_EVERY_S)

    async def takes_steps(self, worker: str, since: float, within_s: float) -> bool:
        """Whether a worker, named host:pid, says something of a step later than `since` and before `within_s` are
        over. Work is handed in until then."""
        heard, until = asyncio.Event(), time.monotonic() + within_s

        async def on_copy(msg: Msg) -> None:
            if worker.encode() in msg.data and time.time() > since:
                heard.set()

        tap = await self.rig.admin.subscribe("log.>", cb=on_copy)
        while not heard.is_set() and time.monotonic() < until:
            await self.load.hand_in(["steady"] * len(AGENTS))
            await asyncio.sleep(0.1)
        await tap.unsubscribe()
        return heard.is_set()

    def afterwards(self, check: Check) -> None:
        """Look at the logs once everything is at rest; the check returns what is wrong."""
        self._checks.append(check)

    def checked(self, runs: Runs) -> list[Violation]:
        return self.wrong + [Violation(said[:2], said[3:]) for check in self._checks for said in check(runs)]

    async def every(self, seconds: float) -> AsyncIterator[int]:
        """Again and again for as long as the load lasts, counted as faults."""
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            await asyncio.sleep(seconds * self.rng.uniform(0.6, 1.0))
            self.faults += 1
            yield self.faults


Fault = Callable[[Scene], Awaitable[None]]


class Case(NamedTuple):
    name: str
    numbers: str
    """Of the list in docs/RELIABILITY.md."""
    fault: Fault
    seconds: float = 4.0
    """Of load."""
    task: str = "work"
    memory: bool = False
    """Compare the memory workers' files with the log, row by row."""
    home: Home = SHARED
    """Where the fleet has to live."""
    rate: float = 0.0
    """Runs a second, where it has to be another than the suite's."""
    lacks: Callable[[], str] = lambda: ""
    """What this host cannot give it; empty when it can be carried out."""


class Outcome(NamedTuple):
    name: str
    numbers: str
    seed: int
    runs: Runs
    faults: int
    steps: int
    seconds: float
    violations: list[Violation]


async def carry_out(rig: Rig, case: Case, *, rate: float, longer: float = 1.0, patience_s: float = 90.0) -> Outcome:
    """longer: how many times the load's length. patience_s: how soon after it everything has to be at rest."""
    began, seconds = time.monotonic(), case.seconds * longer
    after = {shard: await _last(rig, shard) for shard in range(rig.settings.shards)}
    witnessed, noted = rig.witness.stat().st_size, rig.ledger.path.stat().st_size
    rig.losses.clear()
    load = Load(rig, case.rate or rate, case.task, seed=case.name)
    scene = Scene(rig, load, random.Random(f"{rig.seed}/{case.name}/fault"), seconds)  # noqa: S311

    async def hand_in() -> None:
        await load.run(seconds)
        scene.loaded.set()

    try:
        await all_or_none(hand_in(), case.fault(scene))
    except TimeoutError as err:
        scene.expect(False, "O9", f"what the fault waits for did not come: {err}")
    told = ledger(rig.ledger.path, noted)
    ours = {run: told[run] for run in load.runs}
    accepted = [run for run, line in ours.items() if line.told == "acked"]
    left = await come_to_rest(rig, accepted, after, patience_s)
    runs = {run: said for run, said in (await read_runs(rig.admin, rig.settings, after)).items() if run in ours}
    seen = Seen(
        ledger=ours,
        effects=[effect for effect in effects(rig.witness, witnessed) if effect.run in ours],
        runs=runs,
        losses=tuple(rig.losses),
        leftovers=left,
        waited_s=rig.pressure.waited_s,
        memory=await _memory(rig) if case.memory else (),
    )
    violations = judge(seen) + scene.checked(runs)
    steps = len({(effect.run, effect.step) for effect in seen.effects})
    return Outcome(case.name, case.numbers, rig.seed, runs, scene.faults, steps, time.monotonic() - began, violations)


async def _last(rig: Rig, shard: int) -> int:
    info = await ask_api(rig.admin, f"STREAM.INFO.{stream_of(shard)}")
    return int(info["state"]["last_seq"])


async def _memory(rig: Rig) -> list[str]:
    return [
        f"{name}: {said}"
        for name in MEMORIES
        for said in await remembered.differences(rig.admin, rig.settings, rig.memory_file(name))
    ]
