"""One run during which processes are killed, and what has to be true of it afterwards."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from fleet_support import ALL_ROLES, RunningFleet, git
from kill_talk import Endpoint, Talk, files
from killer import AGENTS, BROKER, Kill, Killer

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import (
    AnyEvent,
    Limits,
    ModelAnswered,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.settings import load

WITHIN_S = 400.0
RESULT = "result"
LIMITS = Limits(attempts=30, minutes=30)


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    kills: tuple[Kill, ...]
    turns: int = 20

    @property
    def victims(self) -> set[str]:
        return {kill.victim for kill in self.kills}

    def may_be_asked(self, turn: int) -> int:
        """How often: a request in flight when the model worker is killed is lost, and so is the next turn's when
        that is on its way already."""
        return 2 if {("model", turn, "asked"), ("model", turn - 1, "turn")} & set(self.kills) else 1


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What the witnesses and the log say."""

    case: Case
    events: list[AnyEvent]
    asked: Counter[int]
    never_reached: list[tuple[int, str]]
    ledger: list[str]
    counter: str
    recovered_s: list[float]
    seconds: float
    story: str
    """The log in short."""

    def of(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def attempts(self) -> int:
        return len(self.of(StepStarted))

    @property
    def repeated(self) -> int:
        """Tool calls that ran again because the executor was lost."""
        return sum(result.repeated for turn in self.of(StepTurn) for result in turn.results)

    def problems(self) -> Iterator[str]:
        """Promises that were broken."""
        turns = range(1, self.case.turns + 1)
        (finished,) = self.of(RunFinished)
        if self.never_reached:
            yield f"never came to {self.never_reached}"
        if finished.status != "succeeded":
            yield f"the run failed: {finished.failure}"
            yield self.story
        if [event.turn for event in self.of(StepTurn)] != list(turns):
            yield f"the accepted history holds the turns {[event.turn for event in self.of(StepTurn)]}"
        if self.ledger != [f"turn-{turn}" for turn in turns[:-1]] or self.counter != str(self.case.turns - 1):
            yield f"the final commit holds {self.ledger}, {self.counter}"
        if often := {
            turn: n for turn, n in self.asked.items() if turn not in turns or n > self.case.may_be_asked(turn)
        }:
            yield f"the endpoint was asked too often, by turn: {often}"
        calls = [event.call for event in self.of(ModelAnswered)]
        if len(calls) != len(set(calls)):
            yield f"answers were stored twice: {calls}"
        if len(self.of(RunPlanned)) != 1:
            yield f"{len(self.of(RunPlanned))} plans"
        if self.repeated and "executor" not in self.case.victims:
            yield f"{self.repeated} tool calls ran again although the executor lived"
        yield from self._attempts()

    def _attempts(self) -> Iterator[str]:
        workers = [event.worker for event in self.of(StepStarted)]
        most = 1 + sum(kill.victim == AGENTS for kill in self.case.kills)
        # After the last turn there is nothing left to resume, when its outcome was stored in time.
        fewest = most - ((AGENTS, self.case.turns, "turn") in self.case.kills)
        if BROKER in self.case.victims:
            return  # an agent may hand its step back when the broker is away, and take it again
        if not fewest <= len(workers) <= most:
            yield f"{len(workers)} attempts instead of {most}"
        if len(workers) != len(set(workers)):
            yield f"attempts by the same worker: {workers}"


async def run_case(case: Case, endpoint: Endpoint, folder: Path) -> Ended:
    """Raises TimeoutError with the log in short when the run does not end."""
    began = time.monotonic()
    killer = Killer(case.kills, case.turns)
    lasting = {kill.turn for kill in case.kills if kill.phase == "tool"}
    talk = endpoint.talks[case.name] = Talk(case.turns, lasting, killer.before_answer)
    settings, _ = load({"HOME": str(folder), "MYCODER_DATA_DIR": str(folder / "data")}, cwd=folder)
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(Fleet(settings, ALL_ROLES, tell=killer.tell))
        client = await connect(fleet.settings, "client")
        stack.push_async_callback(client.close)
        running = RunningFleet(fleet, client, stack, folder)
        admin = await killer.watch(fleet.settings)
        stack.push_async_callback(admin.close)
        repo = _repository(folder / "repo", files(case.turns))
        submission = RunSubmitted(task="book every turn", model=f"openai/{case.name}", limits=LIMITS)
        log = await running.submit(submission, repo)
        try:
            async with asyncio.timeout(WITHIN_S):
                finished = await running.finished(log)
        except TimeoutError:
            raise TimeoutError(f"{case.name} did not end{await running.story(log)}") from None
        if finished.result:
            await running.pull(finished.result, repo, RESULT)
        return Ended(
            case=case,
            events=await running.events(log),
            asked=talk.asked,
            never_reached=sorted(killer.left),
            ledger=git(repo, "show", f"{RESULT}:ledger.txt").split() if finished.result else [],
            counter=git(repo, "show", f"{RESULT}:counter.txt").strip() if finished.result else "",
            recovered_s=killer.recovered_s,
            seconds=time.monotonic() - began,
            story=await running.story(log),
        )


def _repository(root: Path, contents: dict[str, str]) -> Path:
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Start")
    return root
