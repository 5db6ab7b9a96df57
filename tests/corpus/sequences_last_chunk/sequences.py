"""Helpers over iterables, most of them lazy."""
from collections import Counter
from itertools import islice


def chunked(items, size):
    """Lists of size items; the last may be shorter."""
    if size < 1:
        raise ValueError("size must be at least 1")
    chunk = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        return chunk


def windowed(items, size):
    """Every run of size neighbours, as tuples."""
    window = []
    for item in items:
        window.append(item)
        if len(window) > size:
            window.pop(0)
        if len(window) == size:
            yield tuple(window)


def unique(items, key=None):
    seen = set()
    for item in items:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def flatten(value):
    """Yields the leaves of nested lists and tuples."""
    for item in value:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item


def pairwise_sums(numbers):
    return [a + b for a, b in zip(numbers, numbers[1:])]


def most_common(items, count=1):
    """The most frequent items; ties in the order first seen."""
    return [item for item, _ in Counter(items).most_common(count)]


def interleave(*sequences):
    iterators = [iter(sequence) for sequence in sequences]
    while iterators:
        alive = []
        for iterator in iterators:
            try:
                yield next(iterator)
            except StopIteration:
                continue
            alive.append(iterator)
        iterators = alive


def running_mean(numbers):
    total = 0
    for count, number in enumerate(numbers, start=1):
        total += number
        yield total / count


def take(items, count):
    return list(islice(items, count))


def rotate(items, steps):
    """Rotate to the left by steps."""
    if not items:
        return []
    steps %= len(items)
    return items[steps:] + items[:steps]
