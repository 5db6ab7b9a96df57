"""What a person and a program see of a run."""

import json
from datetime import UTC, datetime

import pytest

from mycoderai.gateway.cli.detail import status_of
from mycoderai.gateway.cli.ending import end, ending
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.query import age
from mycoderai.gateway.cli.render import change, line, spoken
from mycoderai.gateway.cli.text import clean, counts
from mycoderai.gateway.cli.view_json import event_json, result_json
from mycoderai.gateway.view import RunView
from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import (
    AnyEvent,
    CancelAsked,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepReady,
    StepSpec,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Evidence, Isolation, TestCounts, ToolResult
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, parse_event

RUN = "01m81z621jfz68myf9s9q9jyzq"
LOG = Log(RUN)
SPEC = StepSpec(id="main", role="coder", goal="fix it")
TASK = RunSubmitted(task="fix it")
POINT = Checkpoint(commit="c" * 40, tree="t" * 40, bundle=ArtifactRef(name="n", sha256="s", size=1))
PROOF = Evidence(
    id="e1",
    tree="t" * 40,
    commit="c" * 40,
    base_tree="b" * 40,
    command="pytest -q",
    exit_code=0,
    tests=TestCounts(passed=3, total=3),
    isolation=Isolation(level="bwrap"),
)
GREEN = RunFinished(
    status="succeeded", branch=f"mycoder/{RUN}", result=POINT, evidence=PROOF, summary="Fix it", turns=2
)
LOST = RunFinished(
    status="failed", failure=Failure(code=FailureCode.BEYOND_MODEL, message="too hard", fix="try another"), turns=1
)


def at(second: int, subject: str, event: AnyEvent) -> Recorded:
    return Recorded(
        seq=second + 1, time=f"2026-01-02T03:04:{second:02}.123456789Z", subject=parse_event(subject), event=event
    )


def turn(*calls: tuple[ToolCall, ToolResult], content: str = "") -> StepTurn:
    message = Message(role="assistant", content=content, tool_calls=tuple(call for call, _ in calls))
    return StepTurn(attempt=1, turn=1, message=message, results=tuple(result for _, result in calls), checkpoint=POINT)


def called(
    name: str, arguments: str, output: str = "", exit_code: int = 0, **data: object
) -> tuple[ToolCall, ToolResult]:
    result = ToolResult(call="1", name=name, output=output, exit_code=exit_code, data=data or None)
    return ToolCall(id="1", name=name, arguments=arguments), result


def told(finished: RunFinished) -> list[Recorded]:
    return [
        at(0, LOG.run_event("submitted"), TASK),
        at(0, LOG.run_event("planned"), RunPlanned(steps=(SPEC,))),
        at(1, LOG.ready("coder", "main"), StepReady(spec=SPEC, submission=TASK)),
        at(1, LOG.step_event("coder", "main", "started"), StepStarted(attempt=1, worker="host:1")),
        at(3, LOG.step_event("coder", "main", "turn"), turn(called("run_tests", "{}"))),
        at(5, LOG.step_event("coder", "main", "done"), StepDone(attempt=1, summary="Fix it", result=POINT)),
        at(6, LOG.run_event("finished"), finished),
    ]


def view_of(events: list[Recorded]) -> RunView:
    view = RunView(RUN)
    for recorded in events:
        view.apply(recorded, change(recorded, view))
    return view


def options(*, as_json: bool = False) -> Options:
    return Options(Settings(data_dir="/d"), [], as_json, False, False)


def test_the_result_has_the_names_of_the_contract() -> None:
    result = result_json(view_of(told(GREEN)))
    assert list(result) == [
        *("kind", "run", "status", "branch", "commit", "tests"),
        *("evidence", "failure", "cost_usd", "turns", "seconds"),
    ]
    assert result["kind"] == "result"
    assert result["branch"] == f"mycoder/{RUN}"
    assert result["commit"] == "c" * 40
    assert result["tests"]["passed"] == result["tests"]["total"] == 3
    assert result["evidence"]["exit_code"] == 0
    assert result["seconds"] == 6.0
    assert result["failure"] is None


def test_a_failed_result_says_why_and_claims_nothing() -> None:
    result = result_json(view_of(told(LOST)))
    assert result["failure"]["code"] == "beyond_model"
    assert result["branch"] is None
    assert result["commit"] is None
    assert result["evidence"] is None
    assert result["tests"]["total"] == 0


def test_an_event_is_one_flat_object() -> None:
    recorded = told(GREEN)[3]
    assert event_json(recorded) == {
        "kind": "step.started",
        "seq": 2,
        "time": recorded.time,
        "run": RUN,
        "step": "main",
        "v": 1,
        "attempt": 1,
        "round": 1,
        "worker": "host:1",
    }


def test_every_change_is_one_line() -> None:
    view = RunView(RUN)
    lines = []
    for recorded in told(GREEN):
        view.apply(recorded)
        lines.append(line(recorded, view))
    assert lines == [
        "    0.0s  run       submitted: fix it",
        "    0.0s  run       planned: main (coder)",
        "    1.0s  main      waits for a coder",
        "    1.0s  main      attempt 1 started by host:1",
        "    3.0s  main      turn 1: run_tests → ok",
        "    5.0s  main      done: Fix it",
        "    6.0s  run       finished: succeeded",
    ]


def test_a_step_is_followed_through_its_states() -> None:
    events = told(GREEN)
    assert [view_of(events[:count]).steps["main"].state for count in (2, 3, 4, 6)] == [
        *("pending", "ready", "running", "done")
    ]
    step = view_of(events).steps["main"]
    assert (step.turns, step.ended_s - step.started_s) == (1, 4.0)


def test_status_says_what_goes_on() -> None:
    events = told(GREEN)
    asked = at(4, LOG.ask("cancel"), CancelAsked())
    assert status_of(view_of(events[:1])) == "submitted"
    assert status_of(view_of(events[:4])) == "running"
    assert status_of(view_of([*events[:4], asked])) == "cancelling"
    assert status_of(view_of(events)) == "succeeded"


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (called("bash", '{"command": "ls -l"}', "no such file\nmore", 2), "bash ls -l → exit 2: no such file more"),
        (called("run_tests", "{}", counts={"passed": 3, "failed": 1, "total": 4}), "run_tests → 3 passed, 1 failed"),
        (called("search", '{"pattern": "x"}'), "search x → ok"),
        (called("bash", "not json"), "bash not json → ok"),
        (called("bash", "[1]"), "bash → ok"),
        (called("run_tests", "{}", counts={"passed": 1, "unheard_of": 2}), "run_tests → 1 passed"),
    ],
)
def test_a_tool_call_is_summed_up(call: tuple[ToolCall, ToolResult], shown: str) -> None:
    recorded = at(1, LOG.step_event("coder", "main", "turn"), turn(call))
    assert change(recorded) == f"turn 1: {shown}"


def test_control_characters_from_code_and_models_never_reach_the_terminal() -> None:
    hostile = "\x1b]0;title\x07\x1b[2Jred\u202egnp"
    recorded = at(1, LOG.step_event("coder", "main", "turn"), turn(called("bash", "{}", hostile), content=hostile))
    for text in (clean(hostile), *spoken(recorded), change(recorded)):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\u202e" not in text


def test_long_output_is_cut_in_the_log() -> None:
    recorded = at(1, LOG.step_event("coder", "main", "turn"), turn(called("bash", "{}", "x" * 999 + "\ny" * 99)))
    shown = spoken(recorded)
    assert len(shown) == 41
    assert max(map(len, shown)) < 230
    assert "60 more lines" in shown[-1]


def test_the_ending_names_the_next_commands() -> None:
    view = view_of(told(GREEN))
    text = "\n".join(ending(options(), view, GREEN, "/src/shop"))
    assert "✓ succeeded in 6.0 s, 2 turns, free" in text
    assert "3 passed  (pytest -q)" in text
    assert f"mycoder diff {RUN}" in text
    assert f"mycoder pull {RUN}  (puts it into /src/shop)" in text


def test_the_ending_of_a_failure_gives_reason_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(options(), view_of(told(LOST))) == 1
    shown = capsys.readouterr().out
    assert "reason  too hard" in shown
    assert "fix     try another" in shown


def test_json_output_ends_with_the_result_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(options(as_json=True), view_of(told(GREEN))) == 0
    (only,) = capsys.readouterr().out.splitlines()
    assert json.loads(only)["kind"] == "result"


def test_counts_name_what_there_is() -> None:
    assert counts(TestCounts(passed=2, timeout=1, total=3)) == "2 passed, 1 timeout"
    assert counts(TestCounts()) == "no tests"


@pytest.mark.parametrize(("time", "shown"), [("03:04:05", "1s"), ("03:00:06", "4m"), ("00:04:06", "3h"), ("x", "?")])
def test_ages_are_short(time: str, shown: str) -> None:
    now = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
    assert age(f"2026-01-02T{time}Z", now) == shown
