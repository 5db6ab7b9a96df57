"""What counts, how it is written, and that the documentation names all of it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.broker.credentials import SERVICES, permissions_of
from mycoderai.broker.metrics import METRICS, QUEUE_LAG, QUEUE_UP, SLOTS, STEP_SECONDS, STEPS, Row, own_rows
from mycoderai.broker.metrics_text import exposition
from mycoderai.broker.report import Report
from mycoderai.gateway.fleet_plan import plan, worker_environment
from mycoderai.gateway.problem import as_problem
from mycoderai.schemas.errors import NoRoom
from mycoderai.schemas.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_a_page_says_what_each_value_is() -> None:
    rows = {STEPS.name: [Row(("coder", "done"), (3.0,))], STEP_SECONDS.name: [Row(("coder",), (3.0, 0.75))]}
    assert exposition(rows) == (
        "# HELP mycoder_steps_total Attempts at steps ended, and how.\n"
        "# TYPE mycoder_steps_total counter\n"
        'mycoder_steps_total{role="coder",outcome="done"} 3\n'
        "# HELP mycoder_step_duration_seconds Time an attempt at a step took.\n"
        "# TYPE mycoder_step_duration_seconds summary\n"
        'mycoder_step_duration_seconds_count{role="coder"} 3\n'
        'mycoder_step_duration_seconds_sum{role="coder"} 0.75\n'
    )


def test_processes_are_told_apart_and_do_not_speak_for_the_broker() -> None:
    told = {SLOTS.name: [Row(("coder",), (4.0,))], QUEUE_LAG.name: [Row(("coder",), (0.0,))]}
    reports = [Report(worker=f"h:{pid}", roles=("coder",), rows=told) for pid in (1, 2)]
    page = exposition({QUEUE_UP.name: [Row(("coder",), (0.0,))]}, reports)
    assert [line for line in page.splitlines() if not line.startswith("#")] == [
        'mycoder_slots{role="coder",worker="h:1"} 4',
        'mycoder_slots{role="coder",worker="h:2"} 4',
        'mycoder_queue_up{role="coder"} 0',
    ]


@given(st.text())
def test_a_label_stays_on_its_line_and_between_its_quotes(text: str) -> None:
    page = exposition({QUEUE_UP.name: [Row((text,), (1.0,))]})
    (sample,) = [line for line in page.split("\n") if line.startswith("mycoder")]
    assert re.fullmatch(r'mycoder_queue_up\{role="(?:[^"\\\n]|\\["\\n])*"\} 1', sample)


def test_counts_are_of_this_process() -> None:
    before = STEPS.value("a-role", "done")
    STEPS.add("a-role", "done")
    assert Row(("a-role", "done"), (before + 1,)) in own_rows()[STEPS.name]
    assert own_rows()["process_resident_memory_bytes"][0].values[0] > 1e6


def test_every_metric_is_documented_and_nothing_else() -> None:
    named = set(re.findall(r"`((?:mycoder|process)_[a-z_]+)(?:\{[a-z, ]*\})?`", DOCUMENT.read_text()))
    assert named == set(METRICS)


@pytest.mark.parametrize("role", ["orchestrator", "executor", "model", "memory", "coder"])
def test_a_process_tells_as_its_own_role_only_and_hears_no_other(role: str) -> None:
    allowed = permissions_of(role, 1)
    assert [subject for subject in allowed.publish if subject.startswith("metrics.")] == [f"metrics.told.{role}"]
    assert [subject for subject in allowed.subscribe if subject.startswith("metrics.")] == ["metrics.asked"]


def test_only_people_ask_all_and_drain_and_a_pool_asks_only_how_long_its_own_queue_is() -> None:
    for subject in ("metrics.asked", "drain.asked"):
        askers = [role for role in (*SERVICES, "coder") if subject in permissions_of(role, 1).publish]
        assert askers == ["client", "gateway"], subject
    looks = [subject for subject in permissions_of("coder", 1).publish if "CONSUMER.INFO" in subject]
    assert looks == ["$JS.API.CONSUMER.INFO.COMMANDS.coder"]


def test_the_workers_of_one_fleet_do_not_fight_for_a_port() -> None:
    settings = Settings(metrics_port=9100)
    base = {"MYCODER_METRICS_PORT": "9100"}
    assert "MYCODER_METRICS_PORT" not in worker_environment(settings, plan(["coder"], settings)[0], base)


def test_a_full_broker_is_no_broker_that_is_away() -> None:
    problem = as_problem(NoRoom("maximum bytes exceeded"))
    assert problem
    assert (problem.status, problem.code, problem.message) == (503, "no_room", "maximum bytes exceeded")
    assert "free some space" in problem.fix
