"""Logs to build memory from: one of a run that goes well, and random ones of runs that do not."""

import sqlite3
from collections.abc import Iterable

from hypothesis import strategies as st

from mycoderai.broker.log import Raw
from mycoderai.schemas.chat import Message, ToolCall, Usage
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    ApproveAsked,
    AskHeard,
    CancelAsked,
    EvidenceRecorded,
    MessageAsked,
    ModelAnswered,
    Question,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepReleased,
    StepSpec,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
    TakenOver,
    encode,
)
from mycoderai.schemas.execution import Checkpoint, Evidence, Isolation, Repository, TestCounts, ToolResult
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.subjects import Log
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.repository import Batch

Sent = tuple[str, bytes]

RUN = Log("0a1b2c3d4e5f6g7h8j9kmnpqrs")
BASE = Checkpoint(commit="b" * 40, tree="0" * 40)
SOLVED = Checkpoint(commit="c" * 40, tree="1" * 40)
SUBMITTED = RunSubmitted(task="make the tests pass", repository=Repository(path="/srv/shop"), submitted_by="ada")
SPEC = StepSpec(id="solve", role="coder", goal="make the tests pass")
SEEN = Evidence(
    id="e1",
    tree=SOLVED.tree,
    commit=SOLVED.commit,
    base_tree=BASE.tree,
    command="pytest -q",
    exit_code=0,
    tests=TestCounts(passed=3, skipped=1, total=4),
    fixed=("tests/test_shop.py::test_total",),
    isolation=Isolation(level="bubblewrap"),
)
APPLIED = ("memory one: global: has two", "memory one: interaction: has two")
MAY_I = Question(id="solve-1-2-0", kind="approval", text="May I?", tool="bash", arguments='{"command": "rm -r x"}')
BROKEN = Failure(code=FailureCode.BEYOND_MODEL, message="No small edit helps.", fix="use a stronger model")


def turn(number: int, attempt: int = 1, output: str = "3 passed") -> StepTurn:
    call = ToolCall(id=f"c{number}", name="bash", arguments='{"command": "pytest"}')
    return StepTurn(
        attempt=attempt,
        turn=number,
        message=Message(role="assistant", content="I run the tests.", tool_calls=(call,)),
        results=(ToolResult(call=call.id, name="bash", output=output, data={"passed": 3}),),
        usage=Usage(input_tokens=100, output_tokens=10, cached_tokens=50, cost_usd=0.25),
        checkpoint=SOLVED,
        duration_s=1.5,
    )


def answered(number: int, cost_usd: float | None = 0.25) -> ModelAnswered:
    usage = Usage(input_tokens=100, output_tokens=10, cached_tokens=50, cost_usd=cost_usd)
    said = Message(role="assistant", content="I run the tests.")
    return ModelAnswered(call=f"k{number}", model="acme/large", message=said, finish_reason="tool_calls", usage=usage)


def solved_run(log: Log = RUN, turns: int = 2) -> list[Sent]:
    """A run of one step that succeeds at its first attempt: every kind of event but failures and requests."""
    events: list[tuple[str, AnyEvent]] = [
        (log.run_event("submitted"), SUBMITTED),
        (log.run_event("planned"), RunPlanned(steps=(SPEC,))),
        (log.ready("coder", "solve"), StepReady(spec=SPEC, submission=SUBMITTED)),
        (log.step_event("coder", "solve", "started"), StepStarted(attempt=1, worker="host:1")),
        (
            log.step_event("coder", "solve", "opened"),
            StepOpened(attempt=1, session="s1", base=BASE, test_command="pytest -q", isolation="bubblewrap"),
        ),
    ]
    for number in range(1, turns + 1):
        events.append((log.call("solve", f"k{number}"), answered(number)))
        events.append((log.step_event("coder", "solve", "turn"), turn(number)))
    events += [
        (log.proof("solve", "e1"), EvidenceRecorded(evidence=SEEN)),
        (
            log.step_event("coder", "solve", "done"),
            StepDone(attempt=1, summary="Fixed it.", result=SOLVED, evidence="e1"),
        ),
        (log.run_event("finished"), finished(log, turns)),
    ]
    return [(subject, encode(event)) for subject, event in events]


def finished(log: Log, turns: int = 2) -> RunFinished:
    return RunFinished(
        status="succeeded",
        branch=f"mycoder/{log.run}",
        result=SOLVED,
        base_commit=BASE.commit,
        evidence=SEEN,
        summary="Fixed it.",
        turns=turns,
        cost_usd=0.25 * turns,
    )


def stored(sent: Iterable[Sent], after: int = 0) -> list[Raw]:
    """As the broker would hand it back."""
    return [
        Raw(seq, f"2026-01-31T10:00:{seq % 60:02}.{seq}Z", subject, data)
        for seq, (subject, data) in enumerate(sent, after + 1)
    ]


def batch(raws: list[Raw], stream: str = "EVENTS") -> Batch:
    last = raws[-1]
    return Batch(stream, Position(seq=last.seq, created="2026-01-01T00:00:00Z", time=last.time), raws)


def told(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """The tables and their columns, but for what is the file's own: the numbers of items, how the index is kept."""
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'words%' ORDER BY 1"
    columns = "SELECT group_concat(name) FROM pragma_table_info(?) WHERE (?1, name) <> ('items', 'id')"
    return [(table, db.execute(columns, (table,)).fetchone()[0]) for (table,) in db.execute(tables).fetchall()]


def _step_events(log: Log) -> st.SearchStrategy[tuple[str, AnyEvent]]:
    step = st.sampled_from(["solve", "review", "unplanned"])
    attempt = st.integers(1, 3)

    def of(type_: str, events: st.SearchStrategy[AnyEvent]) -> st.SearchStrategy[tuple[str, AnyEvent]]:
        return st.tuples(step.map(lambda name: log.step_event("coder", name, type_)), events)

    return st.one_of(
        of("started", st.builds(StepStarted, attempt=attempt, round=attempt, worker=st.just("host:1"))),
        of(
            "opened",
            st.builds(StepOpened, attempt=attempt, session=st.just("s1"), base=st.just(BASE), applied=st.just(APPLIED)),
        ),
        of("turn", st.builds(turn, st.integers(1, 5), attempt, st.text(max_size=20))),
        of("done", st.builds(StepDone, attempt=attempt, result=st.none() | st.just(SOLVED))),
        of("failed", st.builds(StepFailed, attempt=attempt, failure=st.just(BROKEN))),
        of("waiting", st.builds(StepWaiting, attempt=attempt, question=st.just(MAY_I))),
        of(
            "steered",
            st.builds(StepSteered, attempt=attempt, turn=attempt, action=st.just("hint"), reason=st.just("-")),
        ),
        st.tuples(
            step.map(lambda name: log.ready("coder", name)),
            st.builds(
                StepReady,
                round=attempt,
                spec=st.just(SPEC),
                submission=st.just(SUBMITTED),
                answer=st.none() | st.just(Answer(question=MAY_I.id)),
            ),
        ),
        st.tuples(step.map(lambda name: log.call(name, "k1")), st.builds(answered, attempt, st.none() | st.just(0.5))),
        st.tuples(step.map(lambda name: log.proof(name, "e1")), st.just(EvidenceRecorded(evidence=SEEN))),
    )


def _run_events(log: Log) -> st.SearchStrategy[tuple[str, AnyEvent]]:
    specs = st.sampled_from(["solve", "review"]).map(lambda name: StepSpec(id=name, role="coder", goal=name))
    plans = st.builds(
        RunPlanned,
        revision=st.integers(1, 4),
        steps=st.lists(specs, unique=True).map(tuple),
        waits=st.booleans(),
    )
    ends = st.builds(
        RunFinished,
        status=st.sampled_from(["succeeded", "failed", "cancelled", "exploded"]),
        failure=st.none() | st.just(BROKEN),
        evidence=st.none() | st.just(SEEN),
    )
    return st.one_of(
        st.just((log.run_event("submitted"), SUBMITTED)),
        plans.map(lambda plan: (log.run_event("planned"), plan)),
        ends.map(lambda end: (log.run_event("finished"), end)),
        st.just((log.ask("cancel"), CancelAsked(by="ada", reason="enough"))),
        st.just((log.ask("approve"), ApproveAsked(question=MAY_I.id, by="ada"))),
        st.just((log.ask("message"), MessageAsked(step="solve", text="look again", by="ada"))),
        st.builds(AskHeard, ask=st.integers(1, 40), accepted=st.booleans()).map(
            lambda heard: (log.run_event("heard"), heard)
        ),
    )


def lives() -> st.SearchStrategy[list[Raw]]:
    """Events of one run, most of them such that they may mean something to its steps."""
    attempt, round_ = st.integers(1, 2), st.integers(1, 3)
    specs = st.builds(
        StepSpec, id=st.sampled_from(["solve", "review"]), role=st.just("coder"), goal=st.sampled_from(["this", "that"])
    )
    answer = st.none() | st.just(Answer(question=MAY_I.id))
    ready = st.builds(StepReady, round=round_, spec=st.just(SPEC), submission=st.just(SUBMITTED), answer=answer)
    of_step = st.one_of(
        st.tuples(st.just("started"), st.builds(StepStarted, attempt=attempt, worker=st.just("host:1"))),
        st.tuples(st.just("waiting"), st.builds(StepWaiting, attempt=attempt, question=st.just(MAY_I))),
        st.tuples(st.just("released"), st.builds(StepReleased, attempt=attempt, reason=st.just("stopped"))),
        st.tuples(st.just("failed"), st.builds(StepFailed, attempt=attempt, failure=st.just(BROKEN))),
        st.tuples(st.just("done"), st.builds(StepDone, attempt=attempt)),
    ).map(lambda pair: (RUN.step_event("coder", "solve", pair[0]), pair[1]))
    plan = st.builds(
        RunPlanned,
        revision=st.integers(1, 4),
        steps=st.lists(specs, unique_by=lambda spec: spec.id).map(tuple),
        taken_over=st.just(()) | st.just((TakenOver(step="solve", result=SOLVED, evidence=SEEN),)),
    )
    events = st.one_of(
        plan.map(lambda event: (RUN.run_event("planned"), event)),
        ready.map(lambda event: (RUN.ready("coder", "solve"), event)),
        of_step,
        of_step,
    )
    begun: list[tuple[str, AnyEvent]] = [(RUN.run_event("submitted"), SUBMITTED)]
    planned = st.just([*begun, (RUN.run_event("planned"), RunPlanned(steps=(SPEC,)))]) | st.just(begun)
    return st.tuples(planned, st.lists(events, min_size=3, max_size=20)).map(
        lambda parts: stored((subject, encode(event)) for subject, event in [*parts[0], *parts[1]])
    )


def logs() -> st.SearchStrategy[list[Raw]]:
    """Events of a few runs in any order, among them messages that are no events."""
    log = st.sampled_from([RUN, Log("0a1b2c3d4e5f6g7h8j9kmnpqrt"), Log(RUN.run, shard=1)])
    events = log.flatmap(lambda one: _step_events(one) | _run_events(one)).map(lambda pair: (pair[0], encode(pair[1])))
    subjects = st.sampled_from([RUN.run_event("submitted"), RUN.step_event("coder", "solve", "turn"), "evt.0.x"])
    payloads = st.sampled_from([b"", b"{", b"[]", b'{"kind": "run.submitted"}', b'{"kind": "?"}', b"\xff\xfe"])
    return st.lists(events | st.tuples(subjects, payloads), min_size=1, max_size=40).map(stored)
