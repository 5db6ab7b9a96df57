import pytest

from sequences import (
    chunked,
    flatten,
    interleave,
    most_common,
    pairwise_sums,
    rotate,
    running_mean,
    take,
    unique,
    windowed,
)


def test_chunked():
    assert list(chunked(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunked("abcd", 2)) == [["a", "b"], ["c", "d"]]
    assert list(chunked([], 2)) == []
    with pytest.raises(ValueError):
        list(chunked([1], 0))


def test_windowed():
    assert list(windowed([1, 2, 3, 4], 2)) == [(1, 2), (2, 3), (3, 4)]
    assert list(windowed([1, 2], 3)) == []


def test_unique():
    assert list(unique([3, 1, 3, 2, 1])) == [3, 1, 2]
    assert list(unique(["A", "a", "b"], key=str.lower)) == ["A", "b"]


def test_flatten():
    assert list(flatten([1, [2, (3, [4])], 5])) == [1, 2, 3, 4, 5]


def test_flatten_keeps_strings():
    assert list(flatten(["ab", ["cd"]])) == ["ab", "cd"]


def test_pairwise_sums():
    assert pairwise_sums([1, 2, 3, 4]) == [3, 5, 7]
    assert pairwise_sums([1]) == []


def test_most_common():
    assert most_common("abracadabra", 2) == ["a", "b"]
    assert most_common([5, 5, 1]) == [5]


def test_interleave():
    assert list(interleave("abc", "12")) == ["a", "1", "b", "2", "c"]


def test_running_mean():
    assert list(running_mean([2, 4, 9])) == [2, 3, 5]


def test_take():
    assert take(iter(range(100)), 3) == [0, 1, 2]


def test_rotate():
    assert rotate([1, 2, 3, 4], 1) == [2, 3, 4, 1]
    assert rotate([1, 2, 3, 4], 6) == [3, 4, 1, 2]
    assert rotate([], 3) == []
