"""Calls come out with ids that are unique and usable, and whole where the answer was cut off."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.chat import ToolCall
from mycoderai.workers.model.assemble import Said
from mycoderai.workers.model.tool_calls import is_object, repaired

calls = st.lists(
    st.builds(
        ToolCall,
        id=st.sampled_from(["", "a", "b", "1-1-0", "with space", "x" * 100]),
        name=st.sampled_from(["run", "edit"]),
        arguments=st.sampled_from(["{}", '{"a": 1}', '{"a"', '"{}"', '"text"', "", "[]"]),
    ),
    max_size=6,
)


@given(calls, st.sets(st.sampled_from(["a", "1-1-0", "1-1-1"])))
def test_ids_are_unique_and_usable_and_the_same_every_time(given_: list[ToolCall], taken: set[str]) -> None:
    kept = repaired(given_, "1-1", cut_off=False, taken=taken)
    ids = [call.id for call in kept]
    assert len(set(ids)) == len(ids)
    assert not taken & set(ids)
    assert all(re.fullmatch(r"[\w-]{1,64}", id_) for id_ in ids)
    assert kept == repaired(given_, "1-1", cut_off=False, taken=taken)


@given(calls)
def test_of_an_answer_cut_off_only_whole_calls_remain(given_: list[ToolCall]) -> None:
    assert all(is_object(call.arguments) for call in repaired(given_, "1-1", cut_off=True))


@given(calls)
def test_repairing_twice_changes_nothing_more(given_: list[ToolCall]) -> None:
    once = repaired(given_, "1-1", cut_off=False)
    assert repaired(once, "1-1", cut_off=False) == once


def test_the_same_call_without_an_id_may_be_meant_twice() -> None:
    twice = [ToolCall(id="", name="run", arguments="{}")] * 2
    assert [call.id for call in repaired(twice, "1-1", cut_off=False)] == ["1-1-0", "1-1-1"]


@given(st.dictionaries(st.text(), st.integers()))
def test_double_encoding_is_undone(arguments: dict[str, int]) -> None:
    text = json.dumps(arguments)
    call = ToolCall(id="a", name="run", arguments=json.dumps(text))
    assert repaired([call], "1-1", cut_off=False)[0].arguments == text


def chunk(**delta: object) -> dict[str, object]:
    return {"choices": [{"delta": delta}]}


def fragment(index: int, arguments: str = "", **more: object) -> dict[str, object]:
    name = more.pop("name", None)
    return {"index": index, "function": {"name": name, "arguments": arguments}, **more}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_fragments_are_put_together_by_index(size: int) -> None:
    said, text = Said(), '{"command": "ls"}'
    for index in (0, 1):
        said.take(chunk(tool_calls=[fragment(index, name="bash", id=f"c{index}")]))
        for start in range(0, len(text), size):
            said.take(chunk(tool_calls=[fragment(index, text[start : start + size])]))
    assert said.calls == [ToolCall(id=f"c{index}", name="bash", arguments=text) for index in (0, 1)]


def test_calls_all_numbered_zero_are_told_apart_by_their_ids() -> None:
    said = Said()
    for id_ in ("a", "b"):
        said.take(chunk(tool_calls=[fragment(0, "{}", name="run", id=id_)]))
    assert [call.id for call in said.calls] == ["a", "b"]


@pytest.mark.parametrize("empty", [{}, {"choices": []}, chunk(), chunk(content=""), chunk(content=None, role="user")])
def test_an_event_that_brings_nothing_does_not_count(empty: dict[str, object]) -> None:
    said = Said()
    said.take(empty)
    assert said.received == 0


def test_reasoning_counts_as_progress_but_not_as_text() -> None:
    said = Said()
    assert said.take(chunk(reasoning_content="hm")) == ""
    assert (said.received, said.text) == (1, "")
