"""Processor time of what stands behind fifty agents that each take a turn every two seconds.

A turn is two events, as in a real run: the model's answer, stored by the model role, and the turn of two kilobytes,
journaled by the agent. Nobody works on code and no text is streamed while a model thinks.
"""

import asyncio
import os
import time
from collections.abc import Iterator

from figure import Figure
from handlers import TURN_EVERY_S
from harness import POOL, bench_fleet, fleet_processes
from nats.aio.client import Client
from nats.aio.msg import Msg
from noops import Runner

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append
from mycoderai.schemas.events import ModelAnswered, StepTurn, decode
from mycoderai.schemas.subjects import parse_event

AGENTS = 50
SAMPLES = 5
WINDOW_S = 6.0
LEAST_TURNS = 0.9 * AGENTS * SAMPLES * WINDOW_S / TURN_EVERY_S
REACH_PERCENT = 15.0
BEHIND = ("nats-server", "orchestrator", "memory")


def measure() -> Iterator[Figure]:
    windows = asyncio.run(_windows())
    name = f"{AGENTS} agents, a turn every {TURN_EVERY_S:g} s"
    yield Figure(
        name=f"{name}: broker, orchestrator and memory",
        unit="% of a core",
        samples=[sum(one.values()) for one in windows],
        reach=REACH_PERCENT,
        durability="power",
    )
    for process in BEHIND:
        samples = [one[process] for one in windows]
        yield Figure(name=f"{name}: {process}", unit="% of a core", samples=samples, durability="power")


class Turns:
    """Stores a model's answer for each turn that is taken."""

    def __init__(self, model: Client) -> None:
        self.count = 0
        self.all_at_work = asyncio.Event()
        self._model = model
        self._runs: set[str] = set()

    async def on_turn(self, msg: Msg) -> None:
        subject = parse_event("evt." + msg.subject.removeprefix("log."))
        turn = decode(msg.data, subject)
        assert isinstance(turn, StepTurn)
        call = f"{subject.step}-{turn.turn}"
        answered = ModelAnswered(
            call=call, model="acme/large", message=turn.message, finish_reason="tool_calls", usage=turn.usage
        )
        await append(self._model, subject.log.call(subject.step, call), answered)
        self.count += 1
        self._runs.add(subject.run)
        if len(self._runs) == AGENTS:
            self.all_at_work.set()


async def _windows() -> list[dict[str, float]]:
    async with bench_fleet("handlers:take_turns", "power", "orchestrator", "memory", POOL, slots=AGENTS) as (fleet, nc):
        model = await connect(fleet.settings, "model", name="bench model")
        try:
            turns = Turns(model)
            await nc.subscribe("log.*.*.step.*.*.turn", cb=turns.on_turn)
            runner = await Runner(nc).start()
            await asyncio.gather(*(runner.submit() for _ in range(AGENTS)))
            await asyncio.wait_for(turns.all_at_work.wait(), 30)
            pids = fleet_processes(fleet.settings.data)
            before = turns.count
            windows = [await _window([(name, pids[name]) for name in BEHIND]) for _ in range(SAMPLES)]
            if (taken := turns.count - before) < LEAST_TURNS:
                raise RuntimeError(f"the agents took {taken} turns, not the {LEAST_TURNS:g} that were to be measured")
            return windows
        finally:
            await model.close()


async def _window(processes: list[tuple[str, int]]) -> dict[str, float]:
    """Share of a core that each process takes over some seconds, in per cent."""
    began, before = time.monotonic(), [_processor_s(pid) for _, pid in processes]
    await asyncio.sleep(WINDOW_S)  # what is measured is what happens meanwhile
    took, after = time.monotonic() - began, [_processor_s(pid) for _, pid in processes]
    return {name: 100 * (end - start) / took for (name, _), start, end in zip(processes, before, after, strict=True)}


def _processor_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
