import pytest

from todo.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "t.json")


def test_numbers_grow(store):
    assert [store.add("a"), store.add("b"), store.add("c")] == [1, 2, 3]
    store.remove(2)
    assert store.add("d") == 4


def test_persists(store):
    store.add(" write tests ", tags=["dev"])
    again = Store(store.path)
    assert again.find(1)["title"] == "write tests"
    assert again.find(1)["tags"] == ["dev"]


def test_complete_persists(store):
    store.add("a")
    store.complete(1)
    assert Store(store.path).find(1)["done"] is True


def test_missing(store):
    with pytest.raises(KeyError):
        store.find(5)


def test_open_tasks_by_priority(store):
    store.add("low", priority=3)
    store.add("high", priority=1)
    store.add("mid")
    store.add("done")
    store.complete(4)
    assert [task["title"] for task in store.open_tasks()] == ["high", "mid", "low"]


def test_open_tasks_by_tag(store):
    store.add("a", tags=["x"])
    store.add("b", tags=["y", "x"])
    store.add("c")
    assert [task["title"] for task in store.open_tasks("x")] == ["a", "b"]


def test_progress(store):
    assert store.progress() == 0
    for title in "abc":
        store.add(title)
    store.complete(1)
    store.complete(2)
    assert store.progress() == 67
