"""What one seed means: the fleet, the work, the weather, and what goes wrong when."""

import random
from typing import NamedTuple

from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.execution import Repository
from tests.sim.wire import Weather

ASKS = ("cancel", "message", "pause", "retry", "deny", "edit")
FAULTS = ("crash", "crash", "pause", "zombie", "disconnect", "restart", "lagging copies", "crash everybody")
NODES = ("orchestrator-0", "orchestrator-1", "orchestrator-2", "agents-0", "agents-1", "agents-2", "memory")
CLEAR = Weather()


class Work(NamedTuple):
    run: str
    at: float
    submission: RunSubmitted


class Ask(NamedTuple):
    run: str
    at: float
    what: str


class Fault(NamedTuple):
    at: float
    what: str
    node: str
    amount: float
    """Between 0 and 1: how long, or how soon."""


class Scenario(NamedTuple):
    seed: int
    shards: int
    orchestrators: int
    agents: int
    works: tuple[Work, ...]
    asks: tuple[Ask, ...]
    faults: tuple[Fault, ...]
    weather: Weather
    max_deliver: int
    """How often the broker delivers a command before it gives it up; at most what is declared."""
    calm_from: float
    """Nothing goes wrong from here on: what was begun must come to its end."""


def scenario(seed: int) -> Scenario:
    rng = random.Random(f"scenario/{seed}")  # noqa: S311
    works = tuple(_work(number, rng) for number in range(rng.choice((1, 1, 1, 2, 3))))
    faults = tuple(sorted(_fault(rng) for _ in range(rng.choice((0, 1, 2, 3, 4, 6)))))
    return Scenario(
        seed=seed,
        shards=rng.choice((1, 1, 2)),
        orchestrators=rng.choice((1, 2, 2, 3)),
        agents=rng.choice((2, 2, 3)),
        works=works,
        asks=tuple(_ask(rng.choice(works), rng) for _ in range(rng.choice((0, 0, 1, 2, 3)))),
        faults=faults,
        weather=_weather(rng),
        max_deliver=rng.choice((20, 20, 20, 2)),
        calm_from=max((fault.at for fault in faults), default=0.0) + 8.0,
    )


def _work(number: int, rng: random.Random) -> Work:
    planned = rng.random() < 0.6
    submission = RunSubmitted(
        task="work",
        repository=Repository(path="/simulated"),
        role="planner" if planned else "coder",
        approve=rng.choice(("auto", "auto", "plan")),
        max_parallel=rng.choice((1, 2, 4)),
    )
    return Work(f"run{number}", round(rng.random() * 3, 3), submission)


def _ask(work: Work, rng: random.Random) -> Ask:
    return Ask(work.run, round(work.at + rng.random() ** 2 * 12, 3), rng.choice(ASKS))


def _fault(rng: random.Random) -> Fault:
    at = rng.random() * rng.choice((0.3, 2, 12))
    return Fault(round(at, 4), rng.choice(FAULTS), rng.choice(NODES), rng.random())


def _weather(rng: random.Random) -> Weather:
    if rng.random() < 0.4:
        return Weather(stale_s=rng.choice((0.0, 0.0, 1.0)))
    return Weather(
        latency_s=rng.choice((0.001, 0.005, 0.1)),
        lost=rng.choice((0.0, 0.01, 0.04)),
        twice=rng.choice((0.0, 0.05)),
        stall=rng.choice((0.0, 0.0, 0.01)),
        stale_s=rng.choice((0.0, 0.0, 1.0)),
    )
