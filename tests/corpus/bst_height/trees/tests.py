import pytest

from trees.search_tree import SearchTree

KEYS = [50, 30, 70, 20, 40, 60, 80]


@pytest.fixture
def tree():
    return SearchTree((key, str(key)) for key in KEYS)


def test_find(tree):
    assert tree.find(60) == "60"
    assert tree.find(20) == "20"
    assert tree.find(65) is None
    assert tree.find(65, "no") == "no"


def test_len_and_overwrite(tree):
    assert len(tree) == 7
    tree.insert(40, "forty")
    assert len(tree) == 7
    assert tree.find(40) == "forty"


def test_items_are_sorted(tree):
    assert [key for key, _ in tree.items()] == sorted(KEYS)


def test_height(tree):
    assert tree.height() == 3
    assert SearchTree().height() == 0
    tree.insert(90, "")
    assert tree.height() == 4


def test_minimum(tree):
    assert tree.minimum() == 20
    with pytest.raises(KeyError):
        SearchTree().minimum()


def test_between(tree):
    assert tree.between(30, 60) == [30, 40, 50, 60]
    assert tree.between(31, 39) == []


def test_floor(tree):
    assert tree.floor(40) == 40
    assert tree.floor(45) == 40
    assert tree.floor(79) == 70
    assert tree.floor(5) is None
