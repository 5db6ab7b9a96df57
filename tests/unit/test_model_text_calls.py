"""Tool calls written as text are found whole or not at all, and nothing else is taken for one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.chat import ToolSpec
from mycoderai.workers.model.text_calls import TextCall, describe, parse, render

EDIT = ToolSpec(
    name="edit",
    description="Change a file.",
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where it is."},
            "how": {"type": "string", "enum": ["once", "all"]},
            "lines": {"type": "array"},
            "count": {"type": "integer"},
        },
        "required": ["path"],
    },
)
TOOLS = (EDIT, ToolSpec(name="run", description="Run.", parameters={"type": "object", "properties": {}}))
plain = st.text(st.characters(exclude_characters="<>`", exclude_categories=["Cs"]), max_size=40)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda text: "</" not in text)
arguments = st.fixed_dictionaries(
    {"path": values}, optional={"lines": st.lists(st.integers(), max_size=4), "count": st.integers()}
)


def tagged(call: dict[str, Any]) -> str:
    return f"<tool_call>\n{json.dumps(call)}\n</tool_call>"


def fenced(call: dict[str, Any]) -> str:
    return f"\n```json\n{json.dumps(call, indent=1)}\n```\n"


@given(before=plain, after=plain, arguments=arguments)
def test_what_is_rendered_is_parsed_again(before: str, after: str, arguments: dict[str, Any]) -> None:
    rest, calls = parse(f"{before}{render('edit', arguments)}{after}", TOOLS)
    assert calls == [TextCall("edit", arguments)]
    assert rest == f"{before}{after}".strip()


@pytest.mark.parametrize("form", [tagged, fenced])
@given(arguments=arguments)
def test_json_forms_are_parsed(form: Any, arguments: dict[str, Any]) -> None:
    text = form({"name": "edit", "arguments": arguments})
    assert parse(text, TOOLS)[1] == [TextCall("edit", arguments)]


@pytest.mark.parametrize("form", ["tags", "tagged", "fenced"])
@given(arguments=arguments, data=st.data())
def test_a_call_that_is_cut_off_is_no_call(form: str, arguments: dict[str, Any], data: st.DataObject) -> None:
    call = {"name": "edit", "arguments": arguments}
    text = {"tags": render("edit", arguments), "tagged": tagged(call), "fenced": fenced(call).rstrip()}[form]
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert parse(cut, TOOLS) == (cut, [])


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    rest, calls = parse(text, TOOLS)
    assert calls or rest == text


@pytest.mark.parametrize(
    "text",
    [
        "<function=unknown>\n<parameter=path>x</parameter>\n</function>",
        '```json\n{"name": "unknown", "arguments": {}}\n```',
        '```json\n{"name": "edit"}\n```',
        '```json\n{"name": ["edit"], "arguments": {}}\n```',
        '```json\n[{"name": "edit", "arguments": {"path": "a"}}, 7]\n```',
        '```python\n{"name": "edit", "arguments": {"path": "a"}}\n```',
        "<tool_call>{}</tool_call>",
        f"```json\n{'[' * 100_000}{']' * 100_000}\n```",
    ],
)
def test_what_only_looks_like_a_call_is_text(text: str) -> None:
    assert parse(text, TOOLS) == (text, [])


def test_several_calls_of_several_forms_keep_their_order() -> None:
    text = (
        "First\n<tool_call>\n<function=run>\n</function>\n</tool_call>\nthen\n"
        '```json\n[{"name": "edit", "parameters": {"path": "a"}}, {"name": "run", "arguments": {}}]\n```\n'
    )
    rest, calls = parse(text, TOOLS)
    assert [call.name for call in calls] == ["run", "edit", "run"]
    assert rest.split() == ["First", "then"]


def test_a_call_shown_in_an_argument_is_not_a_second_one() -> None:
    shown = '<tool_call>{"name": "run", "arguments": {}}</tool_call>'
    assert parse(render("edit", {"path": shown}), TOOLS)[1] == [TextCall("edit", {"path": shown})]


@pytest.mark.parametrize(("raw", "value"), [("3", 3), ("three", "three"), ("\n3\n", 3)])
def test_values_have_the_type_the_tool_asks_for_where_they_can(raw: str, value: object) -> None:
    text = f"<function=edit><parameter=path>3</parameter><parameter=count>{raw}</parameter></function>"
    assert parse(text, TOOLS)[1] == [TextCall("edit", {"path": "3", "count": value})]


def test_a_description_names_every_tool_and_parameter() -> None:
    text = describe(TOOLS)
    assert "edit: Change a file." in text
    assert "- path (string, required): Where it is." in text
    assert "- how (string): one of once, all" in text
    assert "run: Run." in text
