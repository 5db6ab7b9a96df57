"""Applying events: what rows come of them, and that it does not matter how often or in which pieces they come."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.broker.log import Raw
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import (
    CancelAsked,
    RunFinished,
    StepFailed,
    StepReleased,
    StepStarted,
    StepTurn,
    encode,
)
from mycoderai.workers.memory.apply import statements
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.store import apply_batch
from mycoderai.workers.memory.values import KEPT_CHARS, cut, sortable
from tests.unit.memory_logs import BROKEN, RUN, answered, batch, logs, solved_run, stored, told, turn

Row = tuple[object, ...]


@contextmanager
def memory() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    create(db)
    try:
        yield db
    finally:
        db.close()


def content(db: sqlite3.Connection) -> dict[str, list[Row]]:
    return {table: sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr) for table, columns in told(db)}  # noqa: S608


def built(*pieces: list[Raw]) -> dict[str, list[Row]]:
    with memory() as db:
        for piece in pieces:
            if piece:
                apply_batch(db, batch(piece))
        return content(db)


def test_a_solved_run_is_told_in_every_table() -> None:
    with memory() as db:
        raws = stored(solved_run())
        assert apply_batch(db, batch(raws)) == 0
        db.row_factory = sqlite3.Row
        run = db.execute("SELECT * FROM runs").fetchone()
        step = db.execute("SELECT * FROM steps").fetchone()
        attempt = db.execute("SELECT * FROM attempts").fetchone()
        call = db.execute("SELECT * FROM tool_calls ORDER BY seq").fetchone()
        assert (run["run"], run["status"], run["task"]) == (RUN.run, "succeeded", "make the tests pass")
        assert (run["branch"], run["commit_id"], run["passed"], run["total"]) == (
            f"mycoder/{RUN.run}",
            "c" * 40,
            3,
            4,
        )
        assert run["submitted_at"] < run["started_at"] < run["finished_at"]
        assert (step["state"], step["attempt"], step["evidence"]) == ("done", 1, "e1")
        assert (attempt["outcome"], attempt["session"], attempt["worker"]) == ("done", "s1", "host:1")
        assert (call["name"], call["arguments"], call["output"]) == ("bash", '{"command": "pytest"}', "3 passed")
        assert db.execute("SELECT count(*), sum(cost_usd) FROM calls").fetchone()[:] == (2, 0.5)
        assert db.execute("SELECT seq FROM position").fetchone()[0] == len(raws)


@settings(max_examples=25)
@given(logs(), st.data())
def test_any_prefix_and_then_the_rest_gives_the_same_rows(raws: list[Raw], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raws)))
    assert built(raws[:at], raws[at:]) == built(raws)


@settings(max_examples=25)
@given(logs(), st.data())
def test_what_was_applied_changes_nothing_when_it_comes_again(raws: list[Raw], data: st.DataObject) -> None:
    again = data.draw(st.integers(0, len(raws)))
    assert built(raws[: again + 1], raws[:again], raws, raws) == built(raws)


@settings(max_examples=25)
@given(logs())
def test_one_at_a_time_gives_the_same_rows_as_all_at_once(raws: list[Raw]) -> None:
    assert built(*([raw] for raw in raws)) == built(raws)


@settings(max_examples=25)
@given(logs())
def test_every_message_is_applied_or_a_letter(raws: list[Raw]) -> None:
    with memory() as db:
        rejected = apply_batch(db, batch(raws))
        letters = [seq for (seq,) in db.execute("SELECT seq FROM dead ORDER BY seq")]
        assert len(letters) == rejected
        assert letters == [raw.seq for raw in raws if not _means_something(raw)]


def _means_something(raw: Raw) -> bool:
    try:
        return bool(list(statements(raw.parse())))
    except MalformedMessage:
        return False


def _column(sent: list[tuple[str, bytes]], query: str) -> list[object]:
    with memory() as db:
        apply_batch(db, batch(stored(sent)))
        return [value for (value,) in db.execute(query)]


def test_a_lost_attempt_is_told_from_one_that_failed() -> None:
    sent = solved_run()[:4]
    sent.append((RUN.step_event("coder", "solve", "started"), encode(StepStarted(attempt=2, worker="host:2"))))
    sent.append((RUN.step_event("coder", "solve", "failed"), encode(StepFailed(attempt=2, failure=BROKEN))))
    assert _column(sent, "SELECT outcome FROM attempts ORDER BY attempt") == ["lost", "failed"]
    assert _column(sent, "SELECT failure_code FROM steps") == ["beyond_model"]


def test_an_older_attempt_changes_no_state() -> None:
    sent = solved_run()[:4]
    sent.append((RUN.step_event("coder", "solve", "started"), encode(StepStarted(attempt=2, worker="host:2"))))
    sent.append((RUN.step_event("coder", "solve", "failed"), encode(StepFailed(attempt=1, failure=BROKEN))))
    assert _column(sent, "SELECT state FROM steps") == ["running"]


def test_only_the_first_end_of_a_run_counts() -> None:
    sent = [*solved_run(), (RUN.run_event("finished"), encode(RunFinished(status="failed", failure=BROKEN)))]
    assert _column(sent, "SELECT status FROM runs") == ["succeeded"]


def test_a_cancelled_run_leaves_no_step_running() -> None:
    sent = [*solved_run()[:4], (RUN.ask("cancel"), encode(CancelAsked(by="ada")))]
    sent.append((RUN.run_event("finished"), encode(RunFinished(status="cancelled"))))
    assert _column(sent, "SELECT state FROM steps") == ["cancelled"]
    assert _column(sent, "SELECT outcome FROM attempts") == ["cancelled"]
    assert _column(sent, "SELECT by FROM asks") == ["ada"]


def test_a_released_attempt_is_told_from_a_lost_one() -> None:
    sent = solved_run()[:4]
    sent.append((RUN.step_event("coder", "solve", "released"), encode(StepReleased(attempt=1, reason="stopped"))))
    sent.append((RUN.step_event("coder", "solve", "started"), encode(StepStarted(attempt=2, worker="host:2"))))
    assert _column(sent, "SELECT outcome FROM attempts ORDER BY attempt") == ["released", "running"]


def test_a_paid_call_counts_though_its_turn_was_lost() -> None:
    sent = [*solved_run()[:5], (RUN.call("solve", "k1"), encode(answered(1)))]
    assert _column(sent, "SELECT count(*) FROM turns") == [0]
    assert _column(sent, "SELECT total(cost_usd) FROM calls") == [0.25]


def test_a_call_without_a_price_is_not_a_free_one() -> None:
    sent = [*solved_run()[:5], (RUN.call("solve", "k1"), encode(answered(1, cost_usd=None)))]
    assert _column(sent, "SELECT cost_usd FROM calls") == [None]


@pytest.mark.parametrize(
    ("subject", "payload"),
    [
        pytest.param(RUN.run_event("submitted"), b"not json", id="no JSON"),
        pytest.param(RUN.run_event("submitted"), b"[" * 100_000, id="nested too deep"),
        pytest.param(RUN.run_event("submitted"), encode(turn(1)), id="an event of another family"),
        pytest.param(RUN.ask("pause"), encode(CancelAsked()), id="a request nobody knows"),
        pytest.param("evt.0.NOT A RUN.run.submitted", b"{}", id="no event subject"),
        pytest.param(RUN.ask("cancel"), b'{"kind":"ask.cancel","v":99}', id="a newer schema"),
        pytest.param(RUN.ask("cancel"), b'{"kind":"ask.cancel","by":"\xed\xa0\x80"}', id="half a surrogate"),
        pytest.param(
            RUN.step_event("coder", "solve", "turn"),
            encode(msgspec.structs.replace(turn(1), turn=2**63)),
            id="an integer SQLite cannot hold",
        ),
        pytest.param(
            RUN.step_event("coder", "solve", "turn"),
            encode(turn(1)).replace(b'"data":{', b'"data":{"deep":' + b"[" * 900 + b"]" * 900 + b","),
            id="data nested nearly too deep",
        ),
        pytest.param(RUN.run_event("finished"), encode(RunFinished(status="exploded")), id="no such end"),
    ],
)
def test_a_message_without_meaning_holds_up_nobody(subject: str, payload: bytes) -> None:
    sent = solved_run()
    raws = stored([*sent[:7], (subject, payload), *sent[7:]])
    with memory() as db:
        rejected = apply_batch(db, batch(raws))
        assert db.execute("SELECT status FROM runs").fetchall() == [("succeeded",)]
        letters = db.execute("SELECT seq, reason <> '' FROM dead").fetchall()
        # Either is sound for what is merely nested deep; nothing else may pass.
        assert letters == ([(8, 1)] if rejected else [])
        assert rejected or b"deep" in payload


def test_an_unstorable_value_leaves_nothing_of_its_event() -> None:
    event = turn(1)
    results = (*event.results, msgspec.structs.replace(event.results[0], exit_code=2**70))
    bad: StepTurn = msgspec.structs.replace(event, results=results)
    sent = [*solved_run()[:5], (RUN.step_event("coder", "solve", "turn"), encode(bad))]
    assert _column(sent, "SELECT count(*) FROM turns") == [0]
    assert _column(sent, "SELECT count(*) FROM tool_calls") == [0]
    assert _column(sent, "SELECT count(*) FROM dead") == [1]


def test_long_texts_are_cut_in_the_middle() -> None:
    text = "head" + "x" * 10 * KEPT_CHARS + "tail"
    kept = cut(text)
    assert len(kept) <= KEPT_CHARS
    assert (kept[:4], kept[-4:]) == ("head", "tail")
    output = _column(
        [*solved_run()[:5], (RUN.step_event("coder", "solve", "turn"), encode(turn(1, output=text)))],
        "SELECT truncated FROM tool_calls",
    )
    assert output == [1]


@given(st.lists(st.integers(0, 999_999_999), min_size=2, max_size=2))
def test_times_sort_as_text(nanoseconds: list[int]) -> None:
    def as_the_broker_writes(value: int) -> str:
        fraction = f"{value:09}".rstrip("0")
        return f"2026-01-31T10:00:00{'.' if fraction else ''}{fraction}Z"

    first, second = (sortable(as_the_broker_writes(value)) for value in nanoseconds)
    assert (first < second) == (nanoseconds[0] < nanoseconds[1])
