import pytest

from router import MethodNotAllowed, NotFound, Route, Router, parse_query


def test_match():
    route = Route("get", "/a/<float:x>/<y>", None)
    assert route.method == "GET"
    assert route.match("/a/1.5/z") == {"x": 1.5, "y": "z"}
    assert route.match("/b/1.5/z") is None
    assert route.match("/a/q/z") is None
    assert route.match("/a/1.5") is None
    assert route.match("/a/1.5/z/more") is None


def test_first_wins():
    router = Router()
    router.add("GET", "/<x>", lambda x: "wild")
    router.add("GET", "/x", lambda: "exact")
    assert router.dispatch("GET", "/x") == "wild"
    with pytest.raises(NotFound):
        router.resolve("GET", "/")
    with pytest.raises(MethodNotAllowed):
        router.resolve("PUT", "/x")


def test_query_pairs():
    assert parse_query("/?a=1&b=2&a=3") == ("/", {"a": ["1", "3"], "b": "2"})
