import pytest

from graphs import CycleError, bfs_path, components, depth, dijkstra, topological_order


def test_paths():
    grid = {(x, y): [(x + 1, y), (x, y + 1)] for x in range(3) for y in range(3)}
    path = bfs_path(grid, (0, 0), (2, 2))
    assert len(path) == 5 and path[0] == (0, 0) and path[-1] == (2, 2)
    assert bfs_path({}, 1, 2) is None


def test_dijkstra_more():
    graph = {"s": {"a": 10, "b": 1}, "b": {"c": 1}, "c": {"a": 1}, "a": {"t": 1}}
    assert dijkstra(graph, "s") == {"s": 0, "a": 3, "b": 1, "c": 2, "t": 4}


def test_order_more():
    assert topological_order({}) == []
    assert topological_order({"b": [], "a": []}) == ["a", "b"]
    with pytest.raises(CycleError):
        topological_order({1: [2], 2: [3], 3: [2]})


def test_components_more():
    assert components({}) == []
    assert components({1: [1]}) == [[1]]
    assert components({5: [1], 1: [5], 2: []}) == [[1, 5], [2]]


def test_depth_more():
    assert depth({1: [2], 2: [3], 3: [4, 5]}, 1) == 3
    assert depth({}, "alone") == 0
