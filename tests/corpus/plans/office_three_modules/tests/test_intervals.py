from intervals import contains, gaps, intersect, max_overlap, merge, total_length


def test_merge():
    assert merge([(5, 8), (1, 3), (2, 4)]) == [(1, 4), (5, 8)]
    assert merge([(1, 3), (3, 5)]) == [(1, 5)]
    assert merge([(1, 10), (2, 3)]) == [(1, 10)]
    assert merge([(4, 4)]) == []
    assert merge([]) == []


def test_total_length():
    assert total_length([(1, 4), (2, 6), (10, 11)]) == 6


def test_intersect():
    assert intersect([(0, 5), (10, 15)], [(3, 12)]) == [(3, 5), (10, 12)]
    assert intersect([(0, 2)], [(2, 4)]) == []


def test_gaps():
    assert gaps([(9, 10), (12, 13)], 8, 17) == [(8, 9), (10, 12), (13, 17)]
    assert gaps([(0, 20)], 8, 17) == []
    assert gaps([], 8, 17) == [(8, 17)]
    assert gaps([(8, 9)], 8, 10) == [(9, 10)]


def test_contains():
    spans = [(1, 3), (5, 8)]
    assert [p for p in range(10) if contains(spans, p)] == [1, 2, 5, 6, 7]


def test_max_overlap():
    assert max_overlap([(1, 4), (2, 5), (3, 6)]) == 3
    assert max_overlap([(1, 2), (2, 3)]) == 1
    assert max_overlap([]) == 0
