"""What must hold of every history. Judged from the log, the ledger and the witness, not from what workers believe."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mycoderai.broker.log import Raw
from mycoderai.schemas.events import AskHeard, Recorded, RunFinished, RunPlanned, RunSubmitted
from mycoderai.workers.memory import store
from tests.sim.memory import fingerprint, rebuilt, whole
from tests.sim.steplog import StepLog

if TYPE_CHECKING:
    from tests.sim.history import World

Sentences = Iterator[str]


def verdicts(world: "World") -> list[str]:
    """Sentences about what does not hold, each beginning with its verdict; none for a good history."""
    found = [*_acknowledged(world), *_quiescence(world), *_memory(world), *_surprises(world)]
    for work in world.plan.works:
        records = _records(world, work.run)
        found += [
            f"{said} (run {work.run})" for said in (*_ends_once(records), *_heard(records), *_steps(world, records))
        ]
    return found


def _records(world: "World", run: str) -> list[Recorded]:
    log = world.people.log(run)
    stream = world.server.streams[log.stream]
    return [Raw(it.seq, it.time, it.subject, it.data).parse() for it in stream.read(log.all, 1, stream.last_seq)]


def _acknowledged(world: "World") -> Sentences:
    for told in world.people.ledger:
        stored = world.server.streams[told.stream].messages.get(told.seq)
        if stored is None or stored.subject != told.subject:
            yield f"O1 somebody was told that {told.subject} is stored at {told.seq}, and it is not"


def _ends_once(records: list[Recorded]) -> Sentences:
    ends = [it.seq for it in records if isinstance(it.event, RunFinished)]
    submitted = any(isinstance(it.event, RunSubmitted) for it in records)
    if submitted and len(ends) != 1:
        yield f"O2 the run ended {len(ends)} times"
    late = [it.event for it in records if ends and it.seq > ends[0] and it.subject.family == "run"]
    if late:
        yield f"O2 the run went on after its end: {type(late[0]).__name__}"


def _heard(records: list[Recorded]) -> Sentences:
    words = Counter(it.event.ask for it in records if isinstance(it.event, AskHeard))
    asks = [it for it in records if it.subject.family == "ask"]
    end = next((it.seq for it in records if isinstance(it.event, RunFinished)), 0)
    for ask, count in words.items():
        if count > 1:
            yield f"O3 the ask at {ask} was answered {count} times"
    for it in asks:
        if not end and it.seq not in words:
            yield f"O1 the ask at {it.seq} was never answered"


def _steps(world: "World", records: list[Recorded]) -> Sentences:
    steps: dict[str, StepLog] = {}
    done: set[str] = set()
    planned: tuple[str, ...] = ()
    for it in records:
        match it.event:
            case RunPlanned(steps=specs):
                planned = tuple(spec.id for spec in specs)
            case RunFinished(status="succeeded") if not done.issuperset(planned):
                yield f"O6 the run succeeded without {sorted(set(planned) - done)}"
        if it.subject.step:
            step = steps.setdefault(it.subject.step, StepLog(it.subject.step))
            yield from step.apply(it.event, done)
            if step.done:
                done.add(it.subject.step)
    yield from _effects(world, records, steps)


def _effects(world: "World", records: list[Recorded], steps: dict[str, StepLog]) -> Sentences:
    run = records[0].subject.run if records else ""
    for effect, attempts in world.witness.effects.items():
        if effect.run == run and effect.step in steps:
            yield from steps[effect.step].judge(effect, attempts)


def _memory(world: "World") -> Sentences:
    streams = [world.server.streams[name] for name in world.server.sources]
    if world.hung:
        return  # it says so itself
    built = fingerprint(world.file.db)
    if built != fingerprint(rebuilt(streams)):
        yield "O5 memory is not what the log says from the beginning"
    for stream in streams:
        if batch := whole(stream):
            store.apply_batch(world.file.db, batch)
    if built != fingerprint(world.file.db):
        yield "O5 memory changes when the log is applied again"
    told = {(run, status) for run, status in world.file.db.execute("SELECT run, status FROM runs")}
    ends = {(work.run, end.status) for work in world.plan.works if (end := world.people.state(work.run).finished)}
    if wrong := told - ends:
        yield f"O5 memory tells another end than the run's fold: {sorted(wrong)}"


def _quiescence(world: "World") -> Sentences:
    if world.hung:
        yield from (f"O7 {said}" for said in world.leftovers())
    for queue in world.server.queues.values():
        if queue.given_up:
            yield f"O7 {queue.name} gave up {sorted(queue.given_up)}, and nobody noticed"


def _surprises(world: "World") -> Sentences:
    yield from (f"E {said}" for said in (*world.chronicle.surprises, *world.loop.errors))
