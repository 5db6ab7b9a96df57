"""One role file: what is understood, what is noted, what is an error and in which line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.errors import ConfigError
from mycoderai.workers.core.roles.frontmatter import FrontMatterError, read
from mycoderai.workers.core.roles.role_files import RoleFile, parse_role


def parsed(front_matter: str, body: str = "Do it.", name: str = "x") -> RoleFile:
    return parse_role(f"---\n{front_matter}\n---\n{body}\n", "roles/x.md", "user", name)


def test_every_field_is_read() -> None:
    file = parsed(
        """name: x
description: Writes documents
model: openai/gpt-5
tools: [bash, str_replace_editor, submit]
disallowed_tools: memory
max_turns: 12
max_minutes: 2.5
max_budget_usd: 0.5
writes: [docs/**, "!docs/api/**"]
hand_in: no_regression
permission_mode: risky"""
    )
    assert file == RoleFile(
        source="roles/x.md",
        layer="user",
        name="x",
        description="Writes documents",
        model="openai/gpt-5",
        tools=("bash", "str_replace_editor", "submit"),
        disallowed_tools=("memory",),
        max_turns=12,
        max_minutes=2.5,
        max_budget_usd=0.5,
        writes=("docs/**", "!docs/api/**"),
        hand_in="no_regression",
        permission_mode="risky",
        prompt="Do it.",
    )


def test_a_file_without_front_matter_is_a_prompt() -> None:
    file = parse_role("Look for holes.\n", "roles/x.md", "user", "x")
    assert (file.name, file.prompt, file.tools) == ("x", "Look for holes.", None)


def test_lists_may_be_written_with_commas() -> None:
    file = parsed("tools: Bash(git diff, git log), Read\nwrites: docs/**, !docs/api/**")
    assert file.tools == ("bash", "str_replace_editor")
    assert file.writes == ("docs/**", "!docs/api/**")


def test_a_file_of_another_agent_is_understood() -> None:
    file = parsed(
        """name: x
description: Use this agent when: something must be reviewed. Example: user: "look"
tools: Read, Edit, Write, Grep, Glob, Bash, WebFetch, mcp__github__search
model: sonnet
permissionMode: acceptEdits
maxTurns: 9
color: green
hooks:
  PreToolUse:
    - matcher: Bash"""
    )
    assert file.description == 'Use this agent when: something must be reviewed. Example: user: "look"'
    assert file.tools == ("bash", "str_replace_editor", "search")
    assert (file.model, file.permission_mode, file.max_turns) == (None, "auto", 9)
    assert file.notes == (
        "line 8: the field 'color' is not known here",
        "line 9: the field 'hooks' is not known here",
        "there is no tool 'WebFetch'",
        "there is no tool 'mcp__github__search'",
        "the model 'sonnet' names no provider; the run's model is used",
    )


def test_the_other_well_known_names_of_fields_and_tools_are_understood() -> None:
    file = parsed("tools: [terminal, file_editor, finish]\nmax_iteration_per_run: 5\npermission_mode: confirm_risky")
    assert file.tools == ("bash", "str_replace_editor", "submit")
    assert (file.max_turns, file.permission_mode) == (5, "risky")


def test_a_file_that_names_only_reading_tools_may_write_nothing() -> None:
    assert parsed("tools: Read, Grep, Glob").writes == ()
    assert parsed("tools: Read, Edit").writes is None
    assert parsed("tools: Read\nwrites: docs/**").writes == ("docs/**",)


@pytest.mark.parametrize("tools", ['"*"', "all"])
def test_every_tool_can_be_asked_for(tools: str) -> None:
    assert parsed(f"tools: {tools}").tools is None


@pytest.mark.parametrize(
    ("front_matter", "line", "words"),
    [
        ("name: x\ntools: [bash\nmodel: y", 4, "not valid YAML"),
        ("name: y", 2, "the role is called 'y', its file 'x'"),
        ("description: d\nmax_turns: many", 3, "max_turns: expected `int`, not 'many'"),
        ("max_turns: 0", 2, ">= 1"),
        ("max_minutes: -1", 2, "> 0.0"),
        ("max_budget_usd: nan", 2, "max_budget_usd"),
        ("hand_in: maybe", 2, "hand_in: invalid enum value 'maybe'"),
        ("permission_mode: none", 2, "permission_mode"),
        ("a: 1\ntools:\n  bash: true", 3, "tools cannot be nested"),
        ("writes: [/etc/**]", 2, "no path or glob within the repository"),
        ("writes: ['!../x']", 2, "no path or glob within the repository"),
        ('writes: ["a\\e[2J"]', 2, "no path or glob within the repository"),
        ("writes: ['!docs/**']", 2, "only taken out"),
        ("model: a\nmodel: b", 3, "given twice, first in line 2"),
        ("- a\n- b", 2, "no list of `name: value`"),
        ("? [a]\n: b", 2, "a field has no name"),
        ("tools: *every", 2, "not valid YAML"),
        ("a: \x07", 1, "not valid YAML"),
        ("[" * 5000, 1, "nested too deeply"),
    ],
)
def test_an_error_names_file_and_line(front_matter: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(front_matter)
    assert caught.value.message.startswith(f"roles/x.md, line {line}: ")
    assert words in caught.value.message
    assert caught.value.fix == "correct roles/x.md"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("---\nname: x\n", "line 1: the front matter has no end"),
        ("---\na: " + "x" * 20_000 + "\n---\n", "longer than"),
        ("x" * 40_000, "the text is longer than"),
    ],
)
def test_a_file_without_an_end_or_without_measure_is_refused(text: str, words: str) -> None:
    with pytest.raises(FrontMatterError, match=words):
        parse_role(text, "roles/x.md", "user", "x")


def test_aliases_grow_to_nothing() -> None:
    bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\ntools: [*c,*c,*c]"
    with pytest.raises(FrontMatterError, match="tools cannot be nested"):
        parsed(bomb)


@given(st.text())
def test_any_text_is_a_file_or_an_error(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n"):
        with contextlib.suppress(FrontMatterError):
            read(candidate, "x.md")
