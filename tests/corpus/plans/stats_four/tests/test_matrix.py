import pytest

from stats import Matrix


def test_shape():
    assert Matrix([[1, 2, 3], [4, 5, 6]]).shape == (2, 3)
    assert Matrix([]).shape == (0, 0)
    with pytest.raises(ValueError):
        Matrix([[1], [1, 2]])


def test_transpose():
    assert Matrix([[1, 2, 3], [4, 5, 6]]).transpose() == Matrix([[1, 4], [2, 5], [3, 6]])


def test_add():
    assert Matrix([[1, 2]]) + Matrix([[3, 4]]) == Matrix([[4, 6]])
    with pytest.raises(ValueError):
        Matrix([[1]]) + Matrix([[1, 2]])


def test_product():
    assert Matrix([[1, 2], [3, 4]]) @ Matrix([[5], [6]]) == Matrix([[17], [39]])
    with pytest.raises(ValueError):
        Matrix([[1, 2]]) @ Matrix([[1, 2]])


def test_trace_and_identity():
    assert Matrix([[1, 2], [3, 4]]).trace() == 5
    assert Matrix.identity(2) == Matrix([[1, 0], [0, 1]])
