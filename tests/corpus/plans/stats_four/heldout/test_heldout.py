import statistics

from stats import Matrix, mean, median, mode, quantile, stdev
from stats.describe import histogram, moving_average, normalize

DATA = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]


def test_against_the_standard_library():
    assert mean(DATA) == statistics.mean(DATA)
    assert median(DATA) == statistics.median(DATA)
    assert median(DATA[:6]) == statistics.median(DATA[:6])
    assert abs(stdev(DATA) - statistics.stdev(DATA)) < 1e-9
    assert mode(DATA) == [5]
    cuts = statistics.quantiles(DATA, n=4, method="inclusive")
    assert [quantile(DATA, f) for f in (0.25, 0.5, 0.75)] == cuts
    assert quantile(DATA, 0) == 1 and quantile(DATA, 1) == 9
    assert stdev([1, 2]) > 0.7


def test_rest():
    assert histogram([7, -1], 5) == {-5: 1, 5: 1}
    assert moving_average([3, 5], 1) == [3, 5]
    assert normalize([1, 3, 2]) == [0, 1, 0.5]
    m = Matrix([[1, 2, 3], [0, 1, 4], [5, 6, 0]])
    assert m @ Matrix.identity(3) == m
    assert m.trace() == 2
    assert (m + m).rows[2] == [10, 12, 0]
    assert Matrix([[1, 2, 3], [4, 5, 6]]).trace() == 6
