import pytest

from settings import flatten, get_path, load, merge
from settings.loader import convert, from_environment, parse_lines
from settings.merge import Missing, difference

BASE = {"db": {"host": "localhost", "port": 5432}, "debug": False}


def test_merge_nested():
    assert merge(BASE, {"db": {"port": 1}}) == {"db": {"host": "localhost", "port": 1}, "debug": False}


def test_merge_leaves_arguments_alone():
    result = merge(BASE, {"debug": True})
    result["db"]["host"] = "elsewhere"
    assert BASE == {"db": {"host": "localhost", "port": 5432}, "debug": False}


def test_merge_replaces_other_kinds():
    assert merge({"a": {"b": 1}}, {"a": 5}) == {"a": 5}
    assert merge({"a": 5}, {"a": {"b": 1}}) == {"a": {"b": 1}}


def test_flatten():
    assert flatten(BASE) == {"db.host": "localhost", "db.port": 5432, "debug": False}
    assert flatten({"a": {}}) == {"a": {}}
    assert flatten({"a": {"b": {"c": 1}}}) == {"a.b.c": 1}


def test_get_path():
    assert get_path(BASE, "db.port") == 5432
    assert get_path(BASE, "db.user", "nobody") == "nobody"
    assert get_path(BASE, "debug.level", None) is None
    with pytest.raises(Missing):
        get_path(BASE, "cache")


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ("2.5", 2.5), ("yes", True), ("Off", False), ("plain", "plain")]
)
def test_convert(text, value):
    assert convert(text) == value
    assert type(convert(text)) is type(value)


def test_parse_lines():
    text = "# comment\ndb.host = example.org\ndb.port=99 # inline\n\nname = a=b\n"
    assert parse_lines(text) == {"db": {"host": "example.org", "port": 99}, "name": "a=b"}
    with pytest.raises(ValueError, match="line 2"):
        parse_lines("a=1\nnonsense")


def test_environment():
    environ = {"APP_DB__PORT": "1", "APP_DEBUG": "on", "HOME": "/root"}
    assert from_environment(environ) == {"db": {"port": 1}, "debug": True}


def test_load_prefers_environment():
    assert load("debug=off\nlevel=3", {"APP_DEBUG": "on"}) == {"debug": True, "level": 3}


def test_difference():
    assert difference({"a": 1, "b": {"c": 2}}, {"b": {"c": 3, "d": 4}}) == (["b.d"], ["a"], ["b.c"])
