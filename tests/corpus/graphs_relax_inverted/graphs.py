"""Graph algorithms over plain dictionaries of neighbours."""
import heapq
from collections import deque


class CycleError(Exception):
    pass


def bfs_path(graph, start, goal):
    """Shortest path by number of edges, or None."""
    queue = deque([[start]])
    seen = {start}
    while queue:
        path = queue.popleft()
        node = path[-1]
        if node == goal:
            return path
        for neighbour in graph.get(node, ()):
            if neighbour not in seen:
                seen.add(neighbour)
                queue.append(path + [neighbour])
    return None


def dijkstra(graph, start):
    """Distances from start; graph maps node -> {neighbour: weight}."""
    distances = {start: 0}
    heap = [(0, start)]
    while heap:
        distance, node = heapq.heappop(heap)
        if distance > distances[node]:
            continue
        for neighbour, weight in graph.get(node, {}).items():
            candidate = distance + weight
            if neighbour not in distances or candidate > distances[neighbour]:
                distances[neighbour] = candidate
                heapq.heappush(heap, (candidate, neighbour))
    return distances


def topological_order(graph):
    """Nodes so that every edge points forwards; ties in sorted order."""
    indegree = {node: 0 for node in graph}
    for targets in graph.values():
        for target in targets:
            indegree[target] = indegree.get(target, 0) + 1
    ready = [node for node, degree in indegree.items() if degree == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for target in graph.get(node, ()):
            indegree[target] -= 1
            if indegree[target] == 0:
                heapq.heappush(ready, target)
    if len(order) != len(indegree):
        raise CycleError("graph has a cycle")
    return order


def components(graph):
    """Connected components of an undirected graph, each sorted."""
    seen = set()
    result = []
    for node in sorted(graph):
        if node in seen:
            continue
        stack = [node]
        group = []
        seen.add(node)
        while stack:
            current = stack.pop()
            group.append(current)
            for neighbour in graph[current]:
                if neighbour not in seen:
                    seen.add(neighbour)
                    stack.append(neighbour)
        result.append(sorted(group))
    return result


def depth(tree, node):
    """Height of the tree below node; a leaf has depth 0."""
    children = tree.get(node, [])
    if not children:
        return 0
    return 1 + max(depth(tree, child) for child in children)
