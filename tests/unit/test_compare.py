"""Comparing a run's log with that of its replay: what counts, what does not, and where the first difference is."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mycoderai.gateway.cli.compare import Comparison, compare
from mycoderai.schemas.chat import Message, ToolCall, Usage
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    AskHeard,
    EvidenceRecorded,
    Heard,
    ModelAnswered,
    Question,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepOpened,
    StepReady,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Evidence, Isolation, TestCounts, ToolResult
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import Log, parse_event

TASK = RunSubmitted(task="t")
SPEC = StepSpec(id="fix", role="coder", goal="g")
BASE = Checkpoint(commit="c0", tree="t0")
SAID = Message(role="assistant", tool_calls=(ToolCall(id="a", name="bash", arguments="{}"),))
Told = list[tuple[str, AnyEvent]]


def turn(number: int, **changes: Any) -> tuple[str, AnyEvent]:
    result = ToolResult(call="a", name="bash", output="2 passed in 0.03s")
    point = Checkpoint(commit=f"c{number}", tree=f"t{number}")
    event = StepTurn(attempt=1, turn=number, message=SAID, results=(result,), checkpoint=point, duration_s=1.0)
    return "turn", msgspec.structs.replace(event, **changes)


def evidence(id_: str, **changes: Any) -> Evidence:
    counts = TestCounts(passed=2, total=2)
    seen = Evidence(
        id=id_, tree="t2", commit="c2", base_tree="t0", command="pytest", exit_code=0, tests=counts, isolation=WALLS
    )
    return msgspec.structs.replace(seen, **changes)


WALLS = Isolation(level="bwrap", uid=1)


def story() -> Told:
    """One step of two turns."""
    return [
        ("submitted", TASK),
        ("planned", RunPlanned(steps=(SPEC,))),
        ("ready", StepReady(spec=SPEC, submission=TASK, at_s=5)),
        ("started", StepStarted(attempt=1, worker="w:1")),
        ("opened", StepOpened(attempt=1, session="s1", base=BASE, prompt=(Message(role="user", content="p"),))),
        ("call", ModelAnswered(call="1-1", model="m", message=SAID, finish_reason="tool_calls", usage=Usage())),
        turn(1),
        turn(2),
        ("proof", EvidenceRecorded(evidence=evidence("e1"))),
        ("done", StepDone(attempt=1, summary="s", result=Checkpoint(commit="c2", tree="t2"), evidence="e1")),
        (
            "finished",
            RunFinished(status="succeeded", branch="mycoder/r1", evidence=evidence("e1"), turns=2, cost_usd=1),
        ),
    ]


def log(told: Told, run: str = "r1") -> list[Recorded]:
    subjects: dict[str, Callable[[], str]] = {
        "ready": lambda: Log(run).ready("coder", "fix"),
        "call": lambda: Log(run).call("fix", "1-1-ff"),
        "proof": lambda: Log(run).proof("fix", "e1"),
    }
    found = []
    for seq, (type_, event) in enumerate(told, start=1):
        of_run = type_ in ("submitted", "planned", "heard", "finished")
        plain = Log(run).run_event(type_) if of_run else Log(run).step_event("coder", "fix", type_)
        subject = subjects[type_]() if type_ in subjects else plain
        found.append(Recorded(seq=seq, time=f"2026-01-01T00:00:{seq:02}Z", subject=parse_event(subject), event=event))
    return found


def changed(index: int, **changes: Any) -> Told:
    told = story()
    type_, event = told[index]
    told[index] = (type_, msgspec.structs.replace(event, **changes))
    return told


def compared(now: Told, then: Told | None = None) -> Comparison:
    return compare(log(then or story()), log(now, "r2"))


def test_a_log_is_identical_to_itself_and_every_event_that_counts_is_counted() -> None:
    found = compared(story())
    assert found.identical
    assert found.events == 8, "submitted, planned, ready, opened, two turns, done, finished"


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(
            changed(0, replay="r1", at_s=5, submitted_by="bob", notes=("Replay of run r1.",)), id="submission"
        ),
        pytest.param(changed(3, worker="w:2", attempt=1), id="worker"),
        pytest.param(changed(4, session="s2", isolation="trusted"), id="session"),
        pytest.param(changed(6, usage=Usage(cost_usd=0.5)), id="price"),
        pytest.param(changed(6, duration_s=9.0), id="duration"),
        pytest.param(
            changed(6, results=(ToolResult(call="a", name="bash", output="2 passed in 14.2s", repeated=True),)),
            id="duration in an output",
        ),
        pytest.param(
            changed(6, checkpoint=Checkpoint(commit="c1", tree="t1", bundle=ArtifactRef(name="b", sha256="b", size=1))),
            id="bundle",
        ),
        pytest.param(
            [
                *story()[:8],
                ("proof", EvidenceRecorded(evidence=evidence("e2", duration_s=9.0))),
                ("done", StepDone(attempt=1, summary="s", result=Checkpoint(commit="c2", tree="t2"), evidence="e2")),
                ("finished", RunFinished(status="succeeded", branch="mycoder/r2", evidence=evidence("e2"))),
            ],
            id="id of evidence",
        ),
        pytest.param(
            [
                *story()[:7],
                ("started", StepStarted(attempt=2, worker="w:3")),
                ("opened", StepOpened(attempt=2, session="s3", base=BASE)),
                *story()[7:],
            ],
            id="lost attempt",
        ),
        pytest.param(
            [
                *story()[:7],
                ("heard", AskHeard(ask=7, accepted=True, what="pause")),
                ("waiting", StepWaiting(attempt=1, question=Question(id="pause-7", kind="paused", text="p"))),
                ("heard", AskHeard(ask=9, accepted=True, what="resume")),
                ("ready", StepReady(spec=SPEC, submission=TASK, answer=Answer(question="pause-7"))),
                *story()[7:],
            ],
            id="pause",
        ),
        pytest.param([*story()[:7], ("heard", AskHeard(ask=7, accepted=False)), *story()[7:]], id="refused ask"),
        pytest.param([*story(), turn(3)], id="said after the end"),
    ],
)
def test_what_is_only_time_place_or_money_does_not_count(now: Told) -> None:
    assert (found := compared(now)).identical, found
    assert compared(story(), now).identical


@pytest.mark.parametrize(
    ("now", "where", "field"),
    [
        pytest.param(changed(0, task="other"), ("", 0), "task", id="task"),
        pytest.param(
            changed(4, prompt=(Message(role="user", content="q"),)), ("fix", 0), "prompt[0].content", id="prompt"
        ),
        pytest.param(changed(7, message=Message(role="assistant")), ("fix", 2), "message.tool_calls", id="answer"),
        pytest.param(
            changed(7, results=(ToolResult(call="a", name="bash", output="2 failed in 0.03s"),)),
            ("fix", 2),
            "results[0].output",
            id="output",
        ),
        pytest.param(
            changed(7, checkpoint=Checkpoint(commit="c2", tree="t9")), ("fix", 2), "checkpoint.tree", id="tree"
        ),
        pytest.param(changed(7, heard=(Heard(ask=3, text="psst"),)), ("fix", 2), "heard[0]", id="message"),
        pytest.param(changed(8, evidence=evidence("e1", exit_code=1)), ("fix", 0), "evidence.exit_code", id="evidence"),
        pytest.param(changed(9, verdict="changes"), ("fix", 0), "verdict", id="verdict"),
        pytest.param(changed(10, status="failed"), ("", 0), "status", id="end"),
    ],
)
def test_what_the_run_did_counts(now: Told, where: tuple[str, int], field: str) -> None:
    found = compared(now).difference
    assert found
    assert (found.step, found.turn) == where
    assert found.field.startswith(field)
    assert found.was != found.now


def test_a_turn_more_or_less_is_a_difference_but_where_the_step_was_cut_off() -> None:
    shorter = [*story()[:7], *story()[9:]]
    found = compared(shorter).difference
    assert found
    assert (found.step, found.event, found.turn) == ("fix", "step.turn", 2)
    ended = ("finished", RunFinished(status="cancelled"))
    cut_off = [*story()[:7], ended]
    assert compared([*story()[:8], ended], cut_off).identical


def test_the_first_difference_of_a_step_is_named_before_that_of_the_run() -> None:
    now = changed(6, checkpoint=Checkpoint(commit="c9", tree="t9"))
    now[-1] = ("finished", RunFinished(status="failed"))
    found = compared(now)
    assert found.difference
    assert (found.difference.step, found.difference.turn, found.events) == ("fix", 1, 2)
