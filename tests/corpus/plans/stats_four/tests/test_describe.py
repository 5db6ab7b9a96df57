import pytest

from stats import mean, median, mode, quantile, stdev
from stats.describe import histogram, moving_average, normalize


def test_mean():
    assert mean([1, 2, 3, 6]) == 3
    assert mean(x for x in (1, 2)) == 1.5
    with pytest.raises(ValueError):
        mean([])


def test_median():
    assert median([5, 1, 3]) == 3
    assert median([4, 1, 3, 2]) == 2.5
    with pytest.raises(ValueError):
        median([])


def test_mode():
    assert mode([1, 2, 2, 3, 3]) == [2, 3]
    assert mode([]) == []


def test_stdev():
    assert stdev([2, 4, 4, 4, 5, 5, 7, 9]) == pytest.approx(2.13809, abs=1e-5)
    assert stdev([3]) == 0.0


def test_quantile():
    assert quantile([1, 2, 3, 4, 5], 0.5) == 3
    assert quantile([10, 0], 0.25) == 2.5
    assert quantile([7, 8], 1) == 8
    with pytest.raises(ValueError):
        quantile([1], 1.5)


def test_histogram():
    assert histogram([1, 12, 5, 19, 20], 10) == {0: 2, 10: 2, 20: 1}


def test_moving_average():
    assert moving_average([1, 2, 3, 4], 2) == [1.5, 2.5, 3.5]
    assert moving_average([1, 2], 3) == []


def test_normalize():
    assert normalize([10, 20, 15]) == [0.0, 1.0, 0.5]
    assert normalize([4, 4]) == [0.0, 0.0]
