"""Small caches: least recently used, and with a time to live."""
import time
from collections import OrderedDict


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.hits = 0
        self.misses = 0
        self._data = OrderedDict()

    def __len__(self):
        return len(self._data)

    def __contains__(self, key):
        return key in self._data

    def get(self, key, default=None):
        if key not in self._data:
            self.misses += 1
            return default
        self.hits += 1
        self._data.move_to_end(key)
        return self._data[key]

    def put(self, key, value):
        if key in self._data:
            self._data.move_to_end(key)
        self._data[key] = value
        while len(self._data) > self.capacity:
            self._data.popitem(last=True)

    def hit_rate(self):
        total = self.hits + self.misses
        if total == 0:
            return 0.0
        return self.hits / total

    def clear(self):
        self._data.clear()
        self.hits = 0
        self.misses = 0


class TTLCache:
    def __init__(self, ttl_s, clock=time.monotonic):
        self.ttl_s = ttl_s
        self._clock = clock
        self._data = {}

    def put(self, key, value):
        self._data[key] = (value, self._clock() + self.ttl_s)

    def get(self, key, default=None):
        entry = self._data.get(key)
        if entry is None:
            return default
        value, expires = entry
        if self._clock() >= expires:
            del self._data[key]
            return default
        return value

    def purge(self):
        now = self._clock()
        stale = [key for key, (_, expires) in self._data.items() if expires <= now]
        for key in stale:
            del self._data[key]
        return len(stale)
