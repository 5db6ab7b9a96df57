from sequences import chunked, flatten, interleave, most_common, pairwise_sums, rotate, running_mean, unique, windowed


def test_all():
    assert list(chunked([1, 2, 3], 1)) == [[1], [2], [3]]
    assert list(chunked([1, 2, 3], 5)) == [[1, 2, 3]]
    assert list(windowed("abcde", 3)) == [tuple("abc"), tuple("bcd"), tuple("cde")]
    assert list(unique([])) == []
    assert list(unique([4, 4, 4, 5])) == [4, 5]
    assert list(unique([1, -1, 2], key=abs)) == [1, 2]
    assert list(flatten([[[]], [[1]], ()])) == [1]
    assert pairwise_sums([]) == []
    assert pairwise_sums([10, -10, 5]) == [0, -5]
    assert most_common("aabbb", 2) == ["b", "a"]
    assert list(interleave([], [1, 2], [3])) == [1, 3, 2]
    assert list(running_mean([])) == []
    assert list(running_mean([1, 2])) == [1, 1.5]
    assert rotate([1, 2, 3], -1) == [3, 1, 2]
    assert rotate("abc" and ["a"], 9) == ["a"]
