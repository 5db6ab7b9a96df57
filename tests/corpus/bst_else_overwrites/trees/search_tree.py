"""An unbalanced binary search tree used as a sorted mapping."""
from .node import Node


class SearchTree:
    def __init__(self, pairs=()):
        self.root = None
        self.size = 0
        for key, value in pairs:
            self.insert(key, value)

    def __len__(self):
        return self.size

    def insert(self, key, value):
        if self.root is None:
            self.root = Node(key, value)
            self.size += 1
            return
        node = self.root
        while True:
            if key == node.key:
                node.value = value
            if key < node.key:
                if node.left is None:
                    node.left = Node(key, value)
                    self.size += 1
                    return
                node = node.left
            else:
                if node.right is None:
                    node.right = Node(key, value)
                    self.size += 1
                    return
                node = node.right

    def find(self, key, default=None):
        node = self.root
        while node is not None:
            if key == node.key:
                return node.value
            node = node.left if key < node.key else node.right
        return default

    def items(self):
        yield from self._walk(self.root)

    def _walk(self, node):
        if node is None:
            return
        yield from self._walk(node.left)
        yield node.key, node.value
        yield from self._walk(node.right)

    def height(self):
        return self._height(self.root)

    def _height(self, node):
        if node is None:
            return 0
        return 1 + max(self._height(node.left), self._height(node.right))

    def minimum(self):
        node = self.root
        if node is None:
            raise KeyError("empty tree")
        while node.left is not None:
            node = node.left
        return node.key

    def between(self, low, high):
        """Keys from low to high, both included, in order."""
        return [key for key, _ in self.items() if low <= key <= high]

    def floor(self, key):
        """The largest key that is not above key, or None."""
        best = None
        node = self.root
        while node is not None:
            if node.key == key:
                return key
            if node.key < key:
                best = node.key
                node = node.right
            else:
                node = node.left
        return best
