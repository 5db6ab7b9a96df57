"""A step of five thousand turns is taken up again: the log is read and folded, the conversation built, the model asked.

The turns are written into the log as the attempt of a worker that was lost. What is measured is the next worker's
way from taking the step to the model role having its request: reading and folding ten megabytes, opening the next
attempt, leaving out of the conversation what no model holds, and sending it. The session is not part of it: that is
opened at the last turn's checkpoint, whatever came before.
"""

import asyncio
import time
from collections.abc import Iterator

from figure import Figure
from harness import Durability, scratch
from nats.aio.client import Client
from team import long_turns

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append
from mycoderai.broker.request import serve
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.events import AnyEvent, Limits, RunSubmitted, StepOpened, StepReady, StepSpec, StepStarted
from mycoderai.schemas.execution import Checkpoint, Isolation, OpenSession, Repository, SessionOpened
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MODEL_CHAT, Log
from mycoderai.workers.agents.brief import ROLEBOOK, Brief
from mycoderai.workers.agents.services import Executor
from mycoderai.workers.agents.steering import Steering
from mycoderai.workers.handler import StepContext
from mycoderai.workers.journal import StepJournal

TURNS = 5000
COUNT = 5
REACH_S = 1.0
DURABILITY: Durability = "power"
POOL = "coder"
STEP = "main"
START = Checkpoint(commit="1" * 40, tree="2" * 40)
PROMPT = (Message(role="system", content="You write code. " * 300), Message(role="user", content="Mend it. " * 300))


def measure() -> Iterator[Figure]:
    read, asked = asyncio.run(_samples())
    yield Figure(
        name=f"step of {TURNS} turns: read, folded, attempt opened", unit="s", samples=read, durability=DURABILITY
    )
    yield Figure(
        name=f"step of {TURNS} turns: taken up to the model asked",
        unit="s",
        samples=asked,
        reach=REACH_S,
        durability=DURABILITY,
    )


async def _samples() -> tuple[list[float], list[float]]:
    with scratch() as data:
        async with Fleet(Settings(data_dir=str(data), durability=DURABILITY), ()) as fleet:
            agent, model = await connect(fleet.settings, POOL), await connect(fleet.settings, "model")
            try:
                runs = [await _write(agent) for _ in range(COUNT)]
                seconds = [await _resumed(agent, model, run) for run in runs]
            finally:
                await agent.close()
                await model.close()
    return [read for read, _ in seconds], [asked for _, asked in seconds]


async def _write(nc: Client) -> Log:
    log = Log(new_id())
    events: list[tuple[str, AnyEvent]] = [
        ("started", StepStarted(attempt=1, worker="lost")),
        ("opened", StepOpened(attempt=1, session="lost", base=START, prompt=PROMPT)),
        *(("turn", turn) for turn in long_turns(TURNS, START)),
    ]
    for first in range(0, len(events), 100):
        # Appends of one connection are stored in the order they were sent.
        batch = events[first : first + 100]
        await asyncio.gather(*(append(nc, log.step_event(POOL, STEP, type_), event) for type_, event in batch))
    return log


async def _resumed(nc: Client, model: Client, log: Log) -> tuple[float, float]:
    """Seconds until the attempt is open, and until the model has been asked."""
    asked = 0.0

    async def answer(request: ModelRequest) -> ModelAnswer:
        nonlocal asked
        asked = time.monotonic()
        return ModelAnswer(message=Message(role="assistant", content="Done."), finish_reason="stop")

    service = await serve(model, MODEL_CHAT, ModelRequest, answer)
    await model.flush()
    began = time.monotonic()
    journal = StepJournal(nc, log, POOL, STEP)
    await journal.begin(1, "next", fresh=False, max_attempts=5)
    read = time.monotonic() - began
    if len(journal.state.turns) != TURNS:
        raise RuntimeError(f"the log holds {len(journal.state.turns)} turns")
    step = _context(nc, log, journal)
    steering = Steering(step, _brief(step), list(journal.state.turns))
    await steering.chat(TURNS + 1, (), 60.0)
    await service.unsubscribe()
    return read, asked - began


def _context(nc: Client, log: Log, journal: StepJournal) -> StepContext:
    submission = RunSubmitted(
        task="Mend it.", repository=Repository(commit=START.commit), model="large", limits=Limits(turns=2 * TURNS)
    )
    ready = StepReady(spec=StepSpec(id=STEP, role=POOL, goal="Mend it."), submission=submission)
    return StepContext(
        nc=nc, run=log.run, shard=log.shard, pool=POOL, ready=ready, journal=journal, attempt=journal.attempt
    )


def _brief(step: StepContext) -> Brief:
    repository = step.submission.repository
    assert repository
    executor = Executor(step.nc, OpenSession(run=step.run, step=STEP, repository=repository), command_limit_s=60)
    isolation = Isolation(level="trusted", uid=0, seccomp=False, network=False, limits={})
    session = SessionOpened(session="next", base=START, test_command="pytest", isolation=isolation)
    return Brief(step, executor, session, ROLEBOOK.role(POOL), PROMPT)
