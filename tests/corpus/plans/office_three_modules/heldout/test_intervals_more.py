from intervals import contains, gaps, intersect, max_overlap, merge, total_length


def test_brute_force():
    spans = [(3, 7), (1, 2), (6, 9), (12, 15), (13, 14)]
    points = {p for a, b in spans for p in range(a, b)}
    assert total_length(spans) == len(points)
    assert {p for p in range(-2, 20) if contains(spans, p)} == points
    free = {p for a, b in gaps(spans, 0, 16) for p in range(a, b)}
    assert free == set(range(0, 16)) - points
    other = [(0, 4), (8, 13)]
    both = {p for a, b in intersect(spans, other) for p in range(a, b)}
    assert both == points & {p for a, b in other for p in range(a, b)}
    assert max_overlap(spans) == 2
    assert merge([(1, 2), (1, 5), (5, 6)]) == [(1, 6)]
    assert gaps([(20, 30)], 0, 10) == [(0, 10)]
