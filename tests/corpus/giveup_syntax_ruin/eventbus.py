"""Publish and subscribe inside one process."""
from fnmatch import fnmatch


class Subscription:
    def __init__(self, bus, pattern, handler, priority):
        self.bus = bus
        self.pattern = pattern
        self.handler = handler
        self.priority = priority
        self.active = True

    def cancel(self):
        self.active = False
        self.bus.forget(self)


class EventBus:
    def __init__(self):
        self._subscriptions = []
        self._history = []
        self.errors = []

    def subscribe(self, pattern, handler, priority=0):
        subscription = Subscription(self, pattern, handler, priority)
        self._subscriptions.append(subscription)
        self._subscriptions.sort(key=lambda s: -s.priority)
        return subscription

    def once(self, pattern, handler):
        def wrapper(topic, payload):
            subscription.cancel()
            handler(topic, payload)

        subscription = self.subscribe(pattern, wrapper)
        return subscription

    def forget(self, subscription):
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def publish(self, topic, payload=None):
        """Delivers in order of priority; returns how many handlers saw it."""
        for subscription in (

    def history(self, pattern="*", limit=None):
        matching = [entry for entry in self._history if fnmatch(entry[0], pattern)]
        if limit is not None:
            matching = matching[-limit:]
        return matching

    def replay(self, handler, pattern="*"):
        for topic, payload in self.history(pattern):
            handler(topic, payload)
