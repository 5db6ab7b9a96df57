"""Sets of half-open intervals, kept sorted and disjoint."""
from bisect import bisect_right


def merge(intervals):
    """Overlapping or touching intervals become one."""
    result = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def total_length(intervals):
    return sum(end - start for start, end in merge(intervals))


def intersect(first, second):
    result = []
    i = j = 0
    first, second = merge(first), merge(second)
    while i < len(first) and j < len(second):
        start = max(first[i][0], second[j][0])
        end = min(first[i][1], second[j][1])
        if start <= end:
            result.append((start, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return result


def gaps(intervals, start, end):
    """What is left of [start, end) when the intervals are taken out."""
    free = []
    cursor = start
    for left, right in merge(intervals):
        if left > cursor:
            free.append((cursor, min(left, end)))
        cursor = max(cursor, right)
        if cursor >= end:
            break
    if cursor < end:
        free.append((cursor, end))
    return free


def contains(intervals, point):
    merged = merge(intervals)
    starts = [start for start, _ in merged]
    index = bisect_right(starts, point) - 1
    return index >= 0 and point < merged[index][1]


def max_overlap(intervals):
    """Largest number of intervals that share a point."""
    events = []
    for start, end in intervals:
        events.append((start, 1))
        events.append((end, -1))
    current = best = 0
    for _, change in sorted(events):
        current += change
        best = max(best, current)
    return best
