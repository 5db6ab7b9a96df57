"""A setting changed in a file by one line: everything else stays, and what cannot be right is refused."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.gateway.api.config import masked
from mycoderai.gateway.settings_file import change_file, changed, settings_in
from mycoderai.schemas.errors import ConfigError

FILE = """\
# Ours.
model = "acme/large"  # the good one
slots = 2

[prices]
"acme/large" = [1.0, 2.0]
slots = [0.0, 0.0]
"""


def test_one_line_is_replaced_added_before_the_tables_or_taken_out() -> None:
    assert changed(FILE, "slots", 8) == FILE.replace("slots = 2", "slots = 8")
    assert changed(FILE, "log_level", "debug") == FILE.replace("[prices]", 'log_level = "debug"\n[prices]')
    assert changed(FILE, "slots", None) == FILE.replace("slots = 2\n", "")
    assert changed(FILE, "fleet_usd_per_day", None) == FILE, "what is not there need not go"
    assert changed("slots = 2", "slots", 3) == "slots = 3\n"
    assert changed("", "text_tool_models", ["a", "b"]) == 'text_tool_models = ["a", "b"]\n'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("slots", "many"), ("slots", 0), ("slots", [])),
        *(("log_level", "loud"), ("steps_per_run", 0), ("budget_minutes", 0.0)),
        *(("model", "\ud83d"), ("model", 3)),
    ],
)
def test_what_is_no_value_of_the_setting_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError):
        changed(FILE, name, value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('text_tool_models = [\n  "a",\n]\n', "text_tool_models"),
        ('"model" = "x"\n', "model"),
        ('model = """\nslots = 3\n"""\n', "slots"),
        ("model = ", "model"),
    ],
)
def test_a_file_that_one_line_does_not_change_is_left_to_an_editor(text: str, name: str) -> None:
    with pytest.raises(ConfigError, match=r"several lines|TOML"):
        changed(text, name, ["b"] if name == "text_tool_models" else 5 if name == "slots" else "y")


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_whatever_text_is_written_is_read_again_or_refused(model: str) -> None:
    try:
        after = changed(FILE, "model", model)
    except ConfigError:
        return
    assert tomllib.loads(after) == tomllib.loads(FILE) | {"model": model}
    assert after.splitlines()[0] == "# Ours."


def test_the_file_is_made_where_there_is_none_and_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "mycoder.toml", tmp_path / "config" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(real)
    change_file(link, "slots", 7)
    assert link.is_symlink()
    assert settings_in(real).slots == 7
    assert settings_in(tmp_path / "none").slots == 4


def test_logins_in_addresses_are_hidden() -> None:
    assert masked("redis://me:secret@host:6379/0") == "redis://***@host:6379/0"
    assert masked("redis://me:se@cret@host") == "redis://***@host"
    assert masked("redis://host/0?db=1&password=secret&x=1") == "redis://host/0?db=1&password=***&x=1"
    assert masked(("nats://a:b@h,nats://c@i", "x@y")) == ["nats://***@h,nats://***@i", "x@y"]
    assert masked("nats://host:4222") == "nats://host:4222"
