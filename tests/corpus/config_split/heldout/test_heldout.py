from settings import flatten, get_path, load, merge
from settings.loader import convert, from_environment
from settings.merge import difference, set_path


def test_all():
    a = {"x": {"y": {"z": 1, "w": [1]}}}
    b = merge(a, {"x": {"y": {"z": 2}}, "n": None})
    assert b == {"x": {"y": {"z": 2, "w": [1]}}, "n": None}
    b["x"]["y"]["w"].append(2)
    assert a["x"]["y"]["w"] == [1]
    assert flatten(b)["x.y.z"] == 2
    assert get_path(b, "x.y.w") == [1, 2]
    assert get_path({}, "a.b", 0) == 0
    tree = {"a": {"k": 1}}
    set_path(tree, "a.b.c", 5)
    assert tree == {"a": {"k": 1, "b": {"c": 5}}}
    assert convert("no") is False and convert("1") == 1 and convert("-3") == -3
    assert from_environment({"X_A__B": "7"}, prefix="X_") == {"a": {"b": 7}}
    assert load("", {}) == {}
    assert difference({}, {}) == ([], [], [])
