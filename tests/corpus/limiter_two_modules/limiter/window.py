"""At most so many events in any window."""
from collections import deque


class SlidingWindow:
    def __init__(self, limit, window_s, clock):
        self.limit = limit
        self.window_s = window_s
        self.clock = clock
        self.events = deque()

    def _forget(self, now):
        while self.events and self.events[0] <= now - self.window_s:
            self.events.popleft()

    def allow(self):
        now = self.clock()
        self._forget(now)
        if len(self.events) > self.limit:
            return False
        self.events.append(now)
        return True

    def remaining(self):
        self._forget(self.clock())
        return self.limit - len(self.events)


class PerClient:
    def __init__(self, make_limiter):
        self.make_limiter = make_limiter
        self.limiters = {}

    def allow(self, client):
        if client not in self.limiters:
            self.limiters[client] = self.make_limiter()
        return self.limiters[client].allow()
