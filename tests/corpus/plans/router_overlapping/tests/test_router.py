import pytest

from router import MethodNotAllowed, NotFound, Router, parse_query


@pytest.fixture
def router():
    router = Router()

    @router.get("/")
    def home():
        return "home"

    @router.get("/users/<int:id>")
    def user(id):
        return f"user {id + 1}"

    router.add("post", "/users", lambda: "created")
    router.add("GET", "/users", lambda page="1": f"page {page}")
    router.add("GET", "/files/<name>", lambda name: name)
    return router


def test_home(router):
    assert router.dispatch("GET", "/") == "home"


def test_int(router):
    assert router.dispatch("get", "/users/41") == "user 42"


def test_not_an_int(router):
    with pytest.raises(NotFound):
        router.dispatch("GET", "/users/abc")


def test_method(router):
    assert router.dispatch("POST", "/users") == "created"
    assert router.dispatch("GET", "/users?page=3") == "page 3"
    with pytest.raises(MethodNotAllowed) as caught:
        router.dispatch("DELETE", "/users")
    assert caught.value.allowed == ["GET", "POST"]


def test_quoted(router):
    assert router.dispatch("GET", "/files/a%20b.txt") == "a b.txt"


def test_trailing_slash(router):
    assert router.dispatch("GET", "/users/1/") == "user 2"


def test_unknown(router):
    with pytest.raises(NotFound):
        router.dispatch("GET", "/users/1/2/3")


def test_query():
    assert parse_query("/a?x=1&y=2") == ("/a", {"x": "1", "y": "2"})
    assert parse_query("/a?x=1&x=2&x=3") == ("/a", {"x": ["1", "2", "3"]})
    assert parse_query("/a") == ("/a", {})


def test_repeated_key(router):
    _, captured, query = router.resolve("GET", "/files/a.txt?tag=x&tag=y")
    assert captured == {"name": "a.txt"}
    assert query == {"tag": ["x", "y"]}
