import pytest

from graphs import CycleError, bfs_path, components, depth, dijkstra, topological_order

ROADS = {"a": {"b": 7, "c": 3}, "c": {"b": 1, "d": 8}, "b": {"d": 2}, "d": {}}
LINKS = {1: [2, 3], 2: [4], 3: [4], 4: [5], 5: []}


def test_bfs_shortest():
    assert bfs_path(LINKS, 1, 5) == [1, 2, 4, 5]
    assert bfs_path(LINKS, 1, 1) == [1]


def test_bfs_unreachable():
    assert bfs_path(LINKS, 5, 1) is None


def test_bfs_with_cycle():
    assert bfs_path({1: [2], 2: [1, 3]}, 1, 3) == [1, 2, 3]
    assert bfs_path({1: [2], 2: [3], 3: [2]}, 1, 9) is None


def test_dijkstra():
    assert dijkstra(ROADS, "a") == {"a": 0, "b": 4, "c": 3, "d": 6}


def test_dijkstra_with_negative_edges():
    graph = {"a": {"b": 4, "c": 5}, "b": {"d": 1}, "c": {"b": -3, "d": 9}, "d": {"e": 2}, "e": {"a": -1}}
    assert dijkstra(graph, "a") == {"a": 0, "c": 5, "b": 2, "d": 3, "e": 5}
    with pytest.raises(CycleError):
        dijkstra({"a": {"b": 1}, "b": {"c": -2}, "c": {"b": 1}}, "a")


def test_dijkstra_from_leaf():
    assert dijkstra(ROADS, "d") == {"d": 0}


def test_topological_order():
    assert topological_order({"shirt": ["tie"], "tie": ["jacket"], "socks": ["shoes"]}) == [
        "shirt",
        "socks",
        "shoes",
        "tie",
        "jacket",
    ]


def test_topological_diamond():
    assert topological_order({1: [2, 3], 2: [4], 3: [4]}) == [1, 2, 3, 4]


def test_cycle():
    with pytest.raises(CycleError):
        topological_order({1: [2], 2: [1]})


def test_components():
    assert components({1: [2], 2: [1], 3: [], 4: [6], 5: [6], 6: [4, 5]}) == [[1, 2], [3], [4, 5, 6]]


def test_depth():
    tree = {"root": ["x", "y"], "y": ["z"]}
    assert depth(tree, "root") == 2
    assert depth(tree, "x") == 0
