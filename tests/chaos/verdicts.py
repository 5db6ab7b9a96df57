"""What must hold of every history once it has come to rest. Judged from the log, the queue, memory's file, the
witness and the clients' ledger; never from what workers believe.

O1 nothing acknowledged is lost      O2 one end for every run          O3 one accepted result for every step
O4 every effect once, by its attempt O5 memory is the fold of the log   O6 only legal walks through the plan
O7 nothing is left over              O9 recovery within its bound      (O8 is about browsers)
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from nats.aio.client import Client
from witness import Effect, Line

from mycoderai.broker.log import read_events
from mycoderai.schemas.events import (
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepReleased,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import stream_of
from tests.sim.agent import Effect as Turn
from tests.sim.steplog import StepLog

Runs = Mapping[str, Sequence[Recorded]]


class Violation(NamedTuple):
    verdict: str
    said: str
    run: str = ""
    step: str = ""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.run, self.step) if part)
        return f"{self.verdict} {self.said}" + (f" ({where})" if where else "")


class Loss(NamedTuple):
    """A worker that was lost, and how soon its steps had to go on with another."""

    at: float
    """Seconds since 1970."""
    worker: str
    """As `step.started` names it: host:pid."""
    within_s: float


class Seen(NamedTuple):
    """Everything there is to judge."""

    ledger: Mapping[str, Line]
    effects: Sequence[Effect]
    runs: Runs
    losses: Sequence[Loss] = ()
    leftovers: Sequence[str] = ()
    """What the queue, the process table and the clock say is not over; see rest.py."""
    memory: Sequence[str] = ()
    """How memory differs from the log; see remembered.py."""
    waited_s: Callable[[float, float], float] = lambda since, until: 0.0
    """How long the host let somebody wait for a processor, between two moments."""


async def read_runs(
    nc: Client, settings: Settings, after: Mapping[int, int] | None = None
) -> dict[str, list[Recorded]]:
    """Every log there is, in order; of each shard, what was stored after a sequence."""
    runs: defaultdict[str, list[Recorded]] = defaultdict(list)
    for shard in range(settings.shards):
        for recorded in await read_events(nc, stream_of(shard), f"evt.{shard}.>", (after or {}).get(shard, 0)):
            runs[recorded.subject.run].append(recorded)
    return dict(runs)


def judge(seen: Seen) -> list[Violation]:
    """None for a good history."""
    by_run: defaultdict[str, list[Effect]] = defaultdict(list)
    for effect in seen.effects:
        by_run[effect.run].append(effect)
    found = [*_acknowledged(seen), *_recovered(seen)]
    found += [Violation("O7", said) for said in seen.leftovers]
    found += [Violation("O5", said) for said in seen.memory]
    for run, records in seen.runs.items():
        said = (*_ends_once(records), *_steps(records, by_run[run]))
        found += [Violation(text[:2], text[3:], run) for text in said]
    unknown = by_run.keys() - seen.runs.keys()
    return found + [Violation("O4", "had effects and has no log", run) for run in sorted(unknown)]


def story(records: Sequence[Recorded]) -> str:
    """A log in short, for whoever reads of a violation."""
    lines = []
    for it in records:
        attempt = getattr(it.event, "attempt", "")
        more = getattr(it.event, "turn", "") or getattr(it.event, "round", "") or getattr(it.event, "worker", "")
        why = getattr(getattr(it.event, "failure", None), "message", "")
        name = type(it.event).__name__
        lines.append(f"    {it.seq} {it.time[11:23]} {it.subject.step} {name} {attempt} {more} {why}".rstrip())
    return "\n".join(lines)


def stored_at(recorded: Recorded) -> float:
    """Seconds since 1970."""
    whole, _, fraction = recorded.time.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def _acknowledged(seen: Seen) -> Iterator[Violation]:
    for run, line in seen.ledger.items():
        stored = {it.seq for it in seen.runs.get(run, ()) if isinstance(it.event, RunSubmitted)}
        if line.told == "acked" and line.seq not in stored:
            yield Violation("O1", f"a client was told that it is stored at {line.seq}, and it is not", run)
        if line.told == "refused" and stored:
            yield Violation("O1", "a client was told that it is refused, and it is stored", run)


def _ends_once(records: Sequence[Recorded]) -> Iterator[str]:
    submitted = [it.seq for it in records if isinstance(it.event, RunSubmitted)]
    ends = [it.seq for it in records if isinstance(it.event, RunFinished)]
    if len(submitted) > 1:
        yield f"O2 it was submitted {len(submitted)} times"
    if submitted and len(ends) != 1:
        yield f"O2 the run ended {len(ends)} times"
    late = [it.event for it in records if ends and it.seq > ends[0] and it.subject.family == "run"]
    if late:
        yield f"O2 the run went on after its end: {type(late[0]).__name__}"


def _steps(records: Sequence[Recorded], effects: Sequence[Effect]) -> Iterator[str]:
    steps: dict[str, StepLog] = {}
    accepted: dict[tuple[str, int, int], str] = {}
    done: set[str] = set()
    planned: set[str] = set()
    rounds: dict[str, int] = {}
    for it in records:
        match it.event:
            case RunPlanned(steps=specs):
                planned = {spec.id for spec in specs}
            case RunFinished(status="succeeded") if planned - done:
                yield f"O6 the run succeeded without {sorted(planned - done)}"
            case StepStarted(round=round_):
                rounds[it.subject.step] = round_
            case StepTurn(turn=turn, results=results) if results:
                accepted[it.subject.step, rounds.get(it.subject.step, 0), turn] = results[0].call
        if not it.subject.step:
            continue
        step = steps.setdefault(it.subject.step, StepLog(it.subject.step))
        yield from step.apply(it.event, done)
        if step.done:
            done.add(it.subject.step)
    yield from _effects(steps, accepted, effects)


def _effects(
    steps: Mapping[str, StepLog], accepted: Mapping[tuple[str, int, int], str], effects: Sequence[Effect]
) -> Iterator[str]:
    attempts: defaultdict[Turn, list[int]] = defaultdict(list)
    calls: defaultdict[Turn, set[str]] = defaultdict(set)
    for effect in effects:
        turn = Turn(effect.run, effect.step, effect.round, effect.turn)
        attempts[turn].append(effect.attempt)
        calls[turn].add(effect.call)
    for turn, by in attempts.items():
        if turn.step not in steps:
            yield f"O4 step {turn.step} had effects and has no log"
            continue
        yield from steps[turn.step].judge(turn, by)
        if len(calls[turn]) > 1:
            yield f"O4 turn {turn.turn} of {turn.step} had {len(calls[turn])} effects: {sorted(calls[turn])}"
    seen = {(turn.step, turn.round, turn.turn): names for turn, names in calls.items()}
    for (step, round_, number), call in accepted.items():
        if call not in seen.get((step, round_, number), set()):
            yield f"O4 turn {number} of {step} was accepted without its effect"


def _recovered(seen: Seen) -> Iterator[Violation]:
    for loss in seen.losses:
        for run, records in seen.runs.items():
            for step, seconds in _lost_steps(records, loss):
                # Neither half of a fleet that shares a host can keep a promise in seconds while it may not run.
                within_s = loss.within_s + min(seen.waited_s(loss.at, loss.at + seconds), loss.within_s)
                if seconds > within_s:
                    said = f"went on {seconds:.1f} s after its worker was lost; {within_s:.1f} s are promised"
                    yield Violation("O9", said, run, step)


def _lost_steps(records: Sequence[Recorded], loss: Loss) -> Iterator[tuple[str, float]]:
    """Steps that worker had when it was lost, and after how long each went on with another."""
    held: set[str] = set()
    for it in records:
        step, before = it.subject.step, stored_at(it) < loss.at
        match it.event:
            case StepStarted(worker=worker) if before:
                held = held | {step} if worker == loss.worker else held - {step}
            case StepDone() | StepFailed() | StepWaiting() | StepReleased():
                held.discard(step)  # what was stored just after the loss had been sent before
            case StepStarted() if step in held:
                held.discard(step)
                yield step, stored_at(it) - loss.at
