"""kill -9 of each process in the middle of a step: it goes on where it was, and nothing counts twice.

A sample; `make kills` kills every process at every boundary of a step of twenty turns.
"""

import asyncio
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "chaos"))

from kill_case import Case, run_case
from kill_talk import Endpoint, files
from killer import BROKER, Kill

from mycoderai.broker.consume import PullLoop
from mycoderai.broker.tasks import end
from mycoderai.gateway import fleet_keeper
from mycoderai.schemas.errors import BrokerUnreachable
from mycoderai.schemas.events import AnyEvent, RunSubmitted, StepOpened, StepStarted, StepTurn
from mycoderai.workers.agents.loop import run_step
from mycoderai.workers.handler import Outcome, StepContext
from mycoderai.workers.steps import StepWorker

TURNS = 7
SAMPLE = (
    (
        Kill("agents", 1, "tool"),
        Kill("orchestrator", 2, "tool"),
        Kill(BROKER, 3, "tool"),
        Kill("model", 4, "turn"),
        Kill("memory", 5, "asked"),
        Kill("orchestrator", 6, "turn"),
    ),
    (
        Kill("executor", 1, "answered"),
        Kill("model", 2, "asked"),
        Kill("executor", 4, "tool"),
        Kill("executor", 6, "ran"),
    ),
)
"""A model worker takes longest to come back: one kill of it in each run, so that they overlap."""


async def test_a_step_survives_kill_9_of_each_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs side by side, because most of the time goes by until a lost process is missed."""
    monkeypatch.setattr(fleet_keeper, "LONGEST_PAUSE_S", fleet_keeper.FIRST_PAUSE_S)
    async with Endpoint() as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        cases = [Case(name=f"sample-{number}", kills=kills, turns=TURNS) for number, kills in enumerate(SAMPLE)]
        for case in cases:
            (tmp_path / case.name).mkdir()
        ended = await asyncio.gather(*(run_case(case, endpoint, tmp_path / case.name) for case in cases))
    assert [list(one.problems()) for one in ended] == [[], []]
    assert ended[1].repeated >= 1, "the call under way when the executor was killed says that it ran again"


async def test_a_step_whose_worker_is_lost_after_its_last_turn_is_not_begun_again(
    start_fleet, make_repo, tmp_path: Path
) -> None:
    """The hand-in was accepted and journaled, the outcome was not: the model is not asked for one turn more."""
    turns = [[{"name": "bash", "arguments": {"command": "echo 1 > counter.txt; echo turn-1 > ledger.txt"}}]]
    script = tmp_path / "script.json"
    script.write_text(json.dumps([*turns, [{"name": "submit", "arguments": {"summary": "Book it"}}]]))
    fleet = await start_fleet(("orchestrator", "executor", "model", "memory"))
    worker_nc = await fleet.connect("coder")
    worker = StepWorker(worker_nc, fleet.settings, "coder", _lost_after_the_hand_in)
    await worker.start()
    pulling = asyncio.create_task(PullLoop(worker_nc, "coder", 1, worker.handle).run(asyncio.Event()))
    try:
        log = await fleet.submit(RunSubmitted(task="book it", model=f"scripted:{script}"), make_repo(files(2)))
        finished = await fleet.finished(log)
    finally:
        await end([pulling])
    assert finished.status == "succeeded", await fleet.story(log)
    events = await fleet.events(log)
    assert sum(isinstance(event, StepStarted) for event in events) == 2
    assert [event.turn for event in events if isinstance(event, StepTurn)] == [1, 2]
    sessions = {event.session for event in events if isinstance(event, StepOpened)}
    assert len(sessions) == 1, "an attempt that is interrupted leaves its session, which knows its calls, to the next"


async def _lost_after_the_hand_in(step: StepContext) -> Outcome:
    store = step.journal.append

    async def append(type_: str, event: AnyEvent) -> int:
        seq = await store(type_, event)
        if isinstance(event, StepTurn) and event.message.tool_calls[0].name == "submit":
            raise BrokerUnreachable("the first worker gets no further")
        return seq

    if step.attempt == 1:
        step.journal.append = append
    return await run_step(step)
