"""One history: a seed, carried out and judged."""

import random
from typing import NamedTuple

from mycoderai.schemas.settings import Settings
from tests.sim.agent import Agent, Witness
from tests.sim.chronicle import Chronicle, virtual_time
from tests.sim.faults import Faults
from tests.sim.fleet import Main, Node, agents, memory, orchestrator
from tests.sim.loop import SimLoop
from tests.sim.memory import MemoryFile
from tests.sim.people import People
from tests.sim.scenario import Scenario, scenario
from tests.sim.server import Server
from tests.sim.verdicts import verdicts

POOLS = (("coder", "planner"), ("coder", "tester"), ("planner", "tester"))
PATIENCE_S = 300.0
"""How long after the last fault everything must have come to its end."""
LOOKS_EVERY_S = 0.5
MOST_STEPS = 60_000
"""Callbacks of one history; thirty times the usual."""


class Judged(NamedTuple):
    seed: int
    violations: tuple[str, ...]
    digest: int
    """Of everything that happened: two histories with the same one are the same."""
    steps: int
    seconds: float
    lines: tuple[str, ...]


class World:
    """Everything there is in one history."""

    def __init__(self, plan: Scenario, *, readable: bool = False) -> None:
        self.plan = plan
        self.rng = random.Random(f"world/{plan.seed}")  # noqa: S311
        self.loop = SimLoop(self.rng)
        self.chronicle = Chronicle(self.loop, readable=readable)
        self.server = Server(self.loop, self.rng, self._settings, plan.weather, self.chronicle)
        for queue in self.server.queues.values():
            queue.max_deliver = min(queue.max_deliver, plan.max_deliver)
        self.witness = Witness()
        self.file = MemoryFile()
        self.people = People(plan, self.server, self.rng)
        self.nodes = {name: Node(name, self.loop, self.rng, self.server, main) for name, main in self._programs()}
        self.hung = False

    @property
    def _settings(self) -> Settings:
        return Settings(shards=self.plan.shards)

    def _programs(self) -> list[tuple[str, Main]]:
        settings, agent = self._settings, Agent(self.plan.seed, self.witness)
        return [
            *((f"orchestrator-{number}", orchestrator(settings)) for number in range(self.plan.orchestrators)),
            *((f"agents-{number}", agents(settings, POOLS[number], agent)) for number in range(self.plan.agents)),
            ("memory", memory(settings, self.file)),
            ("people", self.people.main),
        ]

    def run(self) -> None:
        """Until everything has come to its end, or nobody has patience any more."""
        Faults(self.loop, self.server, self.nodes).plan(self.plan.faults, self.plan.calm_from)
        self._going = True
        self.loop.after(LOOKS_EVERY_S, self._look)
        self.loop.run_while(lambda: self._going and self.loop.steps < MOST_STEPS)
        self.hung = self.hung or self._going

    def _look(self) -> None:
        self.hung = self.loop.time() > self.plan.calm_from + PATIENCE_S
        self._going = not self.hung and not self.settled()
        self.loop.after(LOOKS_EVERY_S, self._look)

    def settled(self) -> bool:
        return not self.people.busy and not self.server.down and not self.leftovers()

    def leftovers(self) -> list[str]:
        """What is still to be done."""
        server = self.server
        open_ = [f"run {work.run} has no end" for work in self.plan.works if self._is_open(work.run)]
        waiting = [
            f"{queue.name} has {queue.pending.keys()} under way" for queue in server.queues.values() if queue.pending
        ]
        lagging = [
            f"{name} is {source.behind} copies behind" for name, source in server.sources.items() if source.behind
        ]
        commands = [f"{len(server.commands.messages)} commands are left"] if server.commands.messages else []
        return open_ + waiting + lagging + commands + self._unapplied()

    def _is_open(self, run: str) -> bool:
        log = self.people.log(run)
        stream = self.server.streams[log.stream]
        return bool(stream.last(log.run_event("submitted"))) and not stream.last(log.run_event("finished"))

    def _unapplied(self) -> list[str]:
        behind = []
        for stream in self.server.streams.values():
            if stream.name.startswith("EVENTS") and self.file.applied(stream.name) != stream.last_seq:
                behind.append(f"memory has not applied {stream.name} up to {stream.last_seq}")
        return behind

    def end(self) -> None:
        """Cancel what is left, dead or alive. Nothing of it reaches anybody any more."""
        processes = [process for node in self.nodes.values() for process in node.past]
        for node in self.nodes.values():
            node.close()
        tasks = [task for process in processes for task in process.tasks]
        while tasks:
            for task in tasks:
                task.cancel()
            until = self.loop.time() + 1.0
            self.loop.run_while(lambda until=until: self.loop.time() < until)  # type: ignore[misc]
            tasks = [task for process in processes for task in process.tasks]


def judge(seed: int, *, readable: bool = False) -> Judged:
    world = World(scenario(seed), readable=readable)
    with world.chronicle.listening(), virtual_time(world.loop, world.rng):
        world.run()
        found = verdicts(world)
        seconds, digest = world.loop.time(), world.chronicle.digest
        world.end()
    return Judged(seed, tuple(found), digest, world.loop.steps, seconds, tuple(world.chronicle.lines))
