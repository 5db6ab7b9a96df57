"""A token bucket: bursts up to the capacity, a steady rate after that."""


class TokenBucket:
    def __init__(self, capacity, refill_per_s, clock):
        self.capacity = capacity
        self.refill_per_s = refill_per_s
        self.clock = clock
        self.tokens = capacity
        self.updated = clock()

    def _refill(self):
        now = self.clock()
        elapsed = now - self.updated
        self.tokens = min(self.capacity, self.tokens + elapsed * self.refill_per_s)
        self.updated = now

    def allow(self, cost=1):
        self._refill()
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def wait_s(self, cost=1):
        """Seconds until cost tokens are there."""
        self._refill()
        missing = self.tokens - cost
        if missing <= 0:
            return 0.0
        return missing / self.refill_per_s
