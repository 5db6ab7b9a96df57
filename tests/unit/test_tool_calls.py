"""A model's call is repaired where it is certain what was meant; anything else is answered with a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mycoderai.schemas.chat import ToolCall
from mycoderai.workers.core.roles import tools
from mycoderai.workers.core.toolcalls.loose_json import NotJson, read
from mycoderai.workers.core.toolcalls.toolcalls import Repaired, command_in_literal, read_call, repair

LS = {"command": "ls"}
EDIT = {"command": "str_replace", "path": "a.py", "old_str": "a", "new_str": "b"}
VIEW = {"command": "view", "path": "a.py"}


def answer(name: str, arguments: str) -> dict[str, Any] | str:
    return read_call(ToolCall(id="c", name=name, arguments=arguments), tools.ALL)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("bash", '{"command": "ls"}', LS),
        ("bash", '{"command": "ls",}', LS),
        ("bash", "{'command': 'ls'}", LS),
        ("bash", '{command: "ls"}', LS),
        ("bash", "{'command': \"it's\"}", {"command": "it's"}),
        ("bash", "{'command': 'it\\'s \\x41'}", {"command": "it's A"}),
        ("bash", '{"command": "a\nb\tc"}', {"command": "a\nb\tc"}),
        ("bash", '{"command": "grep \'\\d+\\s\' \\$HOME"}', {"command": "grep '\\d+\\s' \\$HOME"}),
        ("bash", '{"command": "\\ud83d\\ude00 \\u00e9 \\ud800"}', {"command": "😀 é �"}),
        ("bash", '{"command": "ls"', LS),
        ("bash", '{"command": "ls"}}', LS),
        ("bash", '{"command": "ls"}]', LS),
        ("bash", '```json\n{"command": "ls"}\n```', LS),
        ("bash", '{"command": "ls"}{"command": "ls"}', LS),
        ("bash", '[{"command": "ls"}]', LS),
        ("bash", json.dumps(json.dumps(LS)), LS),
        ("bash", json.dumps(json.dumps(json.dumps(LS))), LS),
        ("bash", '"ls -l"', {"command": "ls -l"}),
        ("bash", '{"name": "bash", "arguments": {"command": "ls"}}', LS),
        ("bash", '{"arguments": "{\\"command\\": \\"ls\\"}"}', LS),
        ("bash", '{"command": "ls", "timeout_s": "30"}', LS | {"timeout_s": 30}),
        ("bash", '{"command": "ls", "timeout_s": null}', LS),
        ("bash", '{"command": "ls", "reason": "look"}', LS),
        ("bash", '{"command": 5}', {"command": "5"}),
        ("run_tests", "", {}),
        ("run_tests", "null", {}),
        ("run_tests", "{}", {}),
        ("run_tests", '{"selection": "a.py::t"}', {"selection": ["a.py::t"]}),
        ("run_tests", '{"selection": ""}', {"selection": []}),
        ("run_tests", "{\"selection\": \"['a', 'b']\"}", {"selection": ["a", "b"]}),
        ("str_replace_editor", json.dumps(VIEW | {"view_range": ["1", 9.0]}), VIEW | {"view_range": [1, 9]}),
        ("str_replace_editor", json.dumps(VIEW | {"view_range": "[1, -1]"}), VIEW | {"view_range": [1, -1]}),
        ("str_replace_editor", json.dumps(VIEW | {"view_range": "1, 9"}), VIEW | {"view_range": [1, 9]}),
        ("str_replace_editor", json.dumps(VIEW | {"command": "View "}), VIEW),
        ("str_replace_editor", json.dumps(VIEW | {"insert_line": "3"}), VIEW | {"insert_line": 3}),
        ("apply_patch", '{"patch": "*** Begin Patch"', {"patch": "*** Begin Patch"}),
        (
            "plan",
            '{"steps": {"id": "a", "role": "coder", "goal": "g", "needs": "b", "accept": "{\'check\': \'none\'}"}}',
            {"steps": [{"id": "a", "role": "coder", "goal": "g", "needs": ["b"], "accept": {"check": "none"}}]},
        ),
    ],
)
def test_what_was_meant_is_read(name: str, arguments: str, expected: dict[str, Any]) -> None:
    assert answer(name, arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("bsh", "{}", "no tool 'bsh'. Did you mean bash? Tools: bash, "),
        ("functions.bash", "{}", "Did you mean bash?"),
        ("", "{}", "There is no tool ''. Tools:"),
        ("bash", "", "`command` is missing; there was nothing. Nothing was run. `bash` takes command (needed)"),
        ("bash", '{"comand": "ls"}', "`command` is missing; there was 'comand'. Is 'comand' meant to be it?"),
        ("bash", '{"command": null}', "`command` is missing"),
        ("bash", '{"command": ["ls", "-l"]}', "`command` must be text, not ['ls', '-l']"),
        ("bash", '{"command": "ls", "timeout_s": "soon"}', "`timeout_s` must be a number, not 'soon'"),
        ("bash", '{"command": "ls", "timeout_s": 1e999}', "`timeout_s` must be a number, not inf"),
        ("bash", '{"command": "ls", "timeout_s": true}', "`timeout_s` must be a number, not True"),
        ("bash", '{"command": "echo "hi""}', "no JSON object: a comma or } should be here (character 19"),
        ("bash", "{'command': 'it's'}", "no JSON object"),
        ("bash", '{"command": "echo it\\\'s"}', "is no escape here"),
        ("bash", '{"command": "ls"} then {"command": "rm"}', "something follows the end"),
        ("bash", '{"command": "ls"}{"command": "rm"}', "something follows the end"),
        ("bash", "ls -l", "no JSON object"),
        ("bash", "<parameter=command>ls</parameter>", "no JSON object"),
        ("bash", "[1, 2]", "They must be an object"),
        ("bash", "[" * 100_000, "nested too deeply"),
        ("bash", '{"command": "x' + "y" * (5 << 20) + '"}', "too long"),
        ("search", '{"pattern": "a", "max_results": 0}', "`max_results` must be at least 1 and at most 1000, not 0"),
        ("search", '{"pattern": "a", "max_results": 2.5}', "`max_results` must be a whole number"),
        ("str_replace_editor", '{"command": "replace", "path": "a"}', "must be one of view, create, str_replace"),
        ("str_replace_editor", '{"command": "replace", "path": "a"}', "Did you mean 'str_replace'?"),
        ("str_replace_editor", json.dumps(VIEW | {"view_range": [1]}), "`view_range` needs 2 items, not 1"),
        ("str_replace_editor", json.dumps(VIEW | {"view_range": ["a", 2]}), "`view_range[0]` must be a whole number"),
        ("run_tests", '{"selection": [3, {}]}', "`selection[1]` must be text"),
        ("run_tests", '{"selection": 3}', "`selection` must be a list"),
        ("plan", '{"steps": []}', "`steps` needs at least 1 items"),
        ("plan", '{"steps": [{"id": "a", "role": "coder"}]}', "`steps[0].goal` is missing"),
        ("submit", '"done"\n"again"', "something follows"),
    ],
)
def test_what_is_not_certain_is_answered_with_what_to_do(name: str, arguments: str, words: str) -> None:
    said = answer(name, arguments)
    assert isinstance(said, str)
    assert words in said
    assert len(said) < 1000


def test_half_of_a_call_is_never_run() -> None:
    """Wherever the arguments are cut, nothing but the whole of them, or a request for them, comes out."""
    for name, arguments in (
        ("bash", {"command": "rm -rf build && make", "timeout_s": 120}),
        ("str_replace_editor", EDIT),
        ("run_tests", {"selection": ["a.py::one", "a.py::two"]}),
        ("submit", {"summary": "x", "verdict": "changes"}),
        ("plan", {"steps": [{"id": "a", "role": "coder", "goal": "g"}, {"id": "b", "role": "coder", "goal": "h"}]}),
    ):
        for text in (json.dumps(arguments), json.dumps(arguments, indent=1), repr(arguments)):
            for length in range(1, len(text)):
                said = answer(name, text[:length])
                if isinstance(said, str):
                    assert "cut off" in said, (text[:length], said)
                else:
                    whole = {key: value for key, value in arguments.items() if key != "timeout_s"}
                    assert said in (arguments, whole), text[:length]


def test_what_was_dropped_is_told() -> None:
    found = repair(ToolCall(id="c", name="bash", arguments='{"command": "ls", "cwd": "/"}'), tools.ALL)
    assert found == Repaired(LS, ("Ignored what is no argument: 'cwd'.",))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('{"command": "ls -l"}', "Send this as `command`: ls -l"),
        ("{'cmd': 'ls -l'}", "Send this as `command`: ls -l"),
        ('{"command": "ls', "is an object"),
        ('["ls", "a b"]', "Send this: ls 'a b'"),
        ("{ ls; }", ""),
        ("[ -f x ] && ls", ""),
        ("[[ -f x ]]", ""),
        ('{"a","b"}', ""),
        ("[]", ""),
        ("echo '{\"a\": 1}'", ""),
    ],
)
def test_an_object_in_place_of_a_command_is_noticed(command: str, words: str) -> None:
    advice = command_in_literal(command)
    assert words in advice
    assert bool(advice) == bool(words)


def valid(value: Any, schema: dict[str, Any]) -> bool:
    """JSON Schema, as far as the tools use it."""
    if schema.get("type") == "object":
        properties = schema["properties"]
        known = all(key in properties and valid(item, properties[key]) for key, item in value.items())
        return isinstance(value, dict) and known and all(key in value for key in schema["required"])
    if schema.get("type") == "array":
        counts = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return isinstance(value, list) and counts and all(valid(item, schema["items"]) for item in value)
    if schema.get("type") == "string":
        return isinstance(value, str) and value in schema.get("enum", [value])
    whole = schema["type"] != "integer" or isinstance(value, int)
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    return isinstance(value, int | float) and not isinstance(value, bool) and whole and least <= value <= most


NAMES = [tool.name for tool in tools.ALL]
KEYS = sorted({key for tool in tools.ALL for key in tool.parameters["properties"]})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
SCALARS |= st.sampled_from(["view", "search", "3", "[1, 2]", "{}", '{"check": "none"}'])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.sampled_from([*KEYS, "arguments", "id", "role", "goal"]), VALUES, max_size=5)
TEXTS = OBJECTS.map(json.dumps) | OBJECTS.map(repr) | st.text("{}[]\"'\\:,nu0 1tre", max_size=40) | st.text(max_size=20)


@given(st.sampled_from(NAMES), TEXTS, st.integers(0, 60))
@example("bash", '{"command": 1' + "0" * 5000 + "}", 0)
@example("bash", '{"command": "ls", "timeout_s": "' + "9" * 5000 + '"}', 0)
@example("run_tests", '{"selection": ' + "[" * 900 + "]" * 900 + "}", 0)
@example("bash", '{"command": "\\ud800"}', 0)
def test_any_text_gives_valid_arguments_or_a_sentence(name: str, text: str, cut: int) -> None:
    for arguments in (text, text[: len(text) - cut]):
        found = answer(name, arguments)
        if isinstance(found, str):
            assert 20 < len(found) < 1000
        else:
            assert valid(found, tools.BY_NAME[name].parameters)
            json.dumps(found).encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_json(value: Any) -> None:
    assert read(json.dumps({"v": value}) + " ").value == {"v": value}
    assert read(json.dumps({"v": value}, ensure_ascii=False, indent=2)).value == {"v": value}


def place_of_error(text: str) -> int | None:
    try:
        read(text)
    except NotJson as err:
        return err.at
    return None


@given(st.text() | st.text("{}[]\"'\\:,nu0 1tre", max_size=40))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    assert place_of_error(text) in (None, *range(len(text) + 1))
