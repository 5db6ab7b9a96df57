"""What a broker holds against what is declared, without a broker."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.broker.admission import closed, reopened
from mycoderai.broker.drift import CLOSED, Position, correction, differences, loss, sourced_too_far
from mycoderai.broker.topology import consumers, streams
from mycoderai.schemas.settings import Settings

DECLARED = {config["name"]: config for config in streams(Settings(shards=2))}
CHANGES = {
    "max_bytes": 1_000,
    "discard": "old",
    "max_age": 60 * 10**9,
    "max_msgs": 5,
    "retention": "interest",
    "num_replicas": 3,
    "allow_direct": False,
}


def as_the_server_has_it(declared: dict[str, Any]) -> dict[str, Any]:
    """With what it fills in, and without what is empty."""
    filled = {key: value for key, value in declared.items() if value not in ([], 0)}
    return {**filled, "max_consumers": -1, "metadata": {**declared.get("metadata", {}), "_nats.ver": "2.15.1"}}


@pytest.mark.parametrize("name", DECLARED)
def test_a_stream_as_declared_does_not_differ(name: str) -> None:
    assert differences(DECLARED[name], as_the_server_has_it(DECLARED[name])) == []


@pytest.mark.parametrize("name", DECLARED)
@given(changed=st.sets(st.sampled_from(sorted(CHANGES)), min_size=1))
def test_every_change_is_found_and_corrected(name: str, changed: set[str]) -> None:
    declared = DECLARED[name]
    actual = as_the_server_has_it(declared) | {
        key: CHANGES[key] for key in changed if CHANGES[key] != declared.get(key)
    }
    wrong = differences(declared, actual)
    assert {phrase.split(" ")[0] for phrase in wrong} == {key for key in changed if CHANGES[key] != declared.get(key)}
    assert differences(declared, correction(declared, actual)) == []


def test_a_wait_for_acknowledgements_changed_by_hand_is_found() -> None:
    declared = next(consumers(Settings()))
    actual = {key: value for key, value in declared.items() if value} | {"ack_wait": 10**9, "backoff": [10**9]}
    assert differences(declared, actual) == [
        "ack_wait is 1000000000 instead of 10000000000",
        "backoff is [1000000000] instead of []",
    ]


def test_every_stream_is_bounded_and_refuses_when_full_but_for_derived_accounts_and_the_audit() -> None:
    assert all(config["max_bytes"] > 0 for config in DECLARED.values())
    assert {name for name, config in DECLARED.items() if config["discard"] != "new"} == {"BUDGET", "AUDIT"}


@pytest.mark.parametrize("name", DECLARED)
def test_a_closed_stream_keeps_its_bounds_until_it_is_opened(name: str) -> None:
    declared = DECLARED[name]
    shut = closed(declared, as_the_server_has_it(declared), "the disk is nearly full", 1_000_000)
    assert differences(declared, shut) == []
    assert correction(declared, shut | {"max_age": 5})["max_bytes"] == shut["max_bytes"] <= 1_000_000
    assert correction(declared, shut)["metadata"][CLOSED]
    again = reopened(declared, shut)
    assert CLOSED not in again["metadata"]
    assert again["max_bytes"] == declared["max_bytes"]
    assert again.get("subjects") == declared.get("subjects")


def test_a_closed_log_takes_everything_but_submissions() -> None:
    declared = DECLARED["EVENTS-1"]
    subjects = closed(declared, declared, "full", 1)["subjects"]
    assert "evt.1.*.step.>" in subjects
    assert "evt.1.*.run.finished" in subjects
    assert not {"evt.1.*.run.submitted", "evt.1.*.run.>", "evt.1.>"} & set(subjects)


@given(seq=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_a_log_that_only_grew_has_lost_nothing(seq: int, more: int) -> None:
    before = Position(created="t", last_seq=seq, messages=seq)
    assert loss(before, Position(created="t", last_seq=seq + more, messages=seq + more)) == ""


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (None, "gone"),
        (Position(created="u", last_seq=10, messages=10), "anew"),
        (Position(created="t", last_seq=9, messages=9), "back from message 10 to 9"),
        (Position(created="t", last_seq=10, messages=0), "lost 10"),
        (Position(created="t", last_seq=20, messages=19), "lost 1 "),
    ],
)
def test_what_was_taken_away_is_said(now: Position | None, word: str) -> None:
    assert word in loss(Position(created="t", last_seq=10, messages=10), now)


def test_a_queue_that_was_copied_further_than_its_stream_reaches_is_found() -> None:
    positions = {"EVENTS": Position(created="t", last_seq=5, messages=5)}
    sources = [{"name": "EVENTS", "seq": 6}, {"name": "EVENTS-1", "seq": 9}]
    assert sourced_too_far({"sources": sources}, positions) == ["EVENTS"]
    assert sourced_too_far({"sources": [{"name": "EVENTS", "seq": 5}]}, positions) == []
