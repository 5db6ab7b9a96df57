import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.errors import ConfigError, MalformedMessage
from mycoderai.schemas.events import RunSubmitted, StepDone, decode, encode
from mycoderai.schemas.ids import is_token, new_id, shard_of
from mycoderai.schemas.settings import load
from mycoderai.schemas.subjects import Log, dead, parse_event


def test_ids_sort_by_time_and_are_safe_as_subject_path_and_branch() -> None:
    ids = [new_id(now_ms=ms) for ms in (1, 2, 10**12)]
    assert ids == sorted(ids)
    assert all(is_token(id_) and len(id_) == 26 for id_ in ids)


@given(st.text(max_size=40))
def test_only_tokens_parse_as_parts_of_a_subject(text: str) -> None:
    try:
        parsed = parse_event(f"evt.0.{text}.run.submitted")
    except MalformedMessage:
        return
    assert is_token(parsed.run)


@given(st.binary(max_size=200))
def test_any_bytes_decode_to_an_event_or_a_malformed_message(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(payload, parse_event("evt.0.r.run.submitted"))


def test_deep_nesting_is_malformed_not_a_crash() -> None:
    with pytest.raises(MalformedMessage):
        decode(b'{"kind":"run.submitted","task":' + b"[" * 100_000, parse_event("evt.0.r.run.submitted"))


def test_a_kind_on_the_wrong_subject_is_refused() -> None:
    with pytest.raises(MalformedMessage, match="does not belong"):
        decode(encode(StepDone(attempt=1)), parse_event(Log("r").run_event("submitted")))


def test_a_newer_schema_version_is_refused() -> None:
    payload = msgspec.json.encode({"kind": "run.submitted", "task": "x", "v": 99})
    with pytest.raises(MalformedMessage, match="version 99"):
        decode(payload, parse_event(Log("r").run_event("submitted")))


def test_an_unknown_field_is_tolerated() -> None:
    payload = msgspec.json.encode({"kind": "run.submitted", "task": "x", "later": 1})
    assert decode(payload, parse_event(Log("r").run_event("submitted"))) == RunSubmitted(task="x")


def test_dead_letters_of_hostile_names_stay_on_one_subject() -> None:
    assert dead("coder", "a b>*", "../x") == "dead.coder.unknown.unknown"


def test_shards_are_stable_and_spread() -> None:
    assert {shard_of(f"run{n}", 4) for n in range(100)} == {0, 1, 2, 3}
    assert shard_of("run1", 1) == 0


def test_settings_say_where_each_value_came_from(tmp_path: object) -> None:
    settings, origins = load({"HOME": str(tmp_path), "MYCODER_SLOTS": "7"}, {"shards": 2, "model": None})
    sources = {origin.name: origin.source for origin in origins}
    assert (settings.slots, settings.shards) == (7, 2)
    assert (sources["slots"], sources["shards"], sources["model"]) == ("MYCODER_SLOTS", "flag", "default")


def test_a_wrong_value_names_its_source() -> None:
    with pytest.raises(ConfigError, match="MYCODER_SLOTS"):
        load({"MYCODER_SLOTS": "many"})
