import pytest

from eventbus import EventBus


@pytest.fixture
def bus():
    return EventBus()


@pytest.fixture
def seen():
    return []


def test_publish_reaches_matching(bus, seen):
    bus.subscribe("order.*", lambda topic, payload: seen.append((topic, payload)))
    assert bus.publish("order.created", 1) == 1
    assert bus.publish("user.created", 2) == 0
    assert seen == [("order.created", 1)]


def test_priority(bus, seen):
    bus.subscribe("*", lambda t, p: seen.append("low"), priority=1)
    bus.subscribe("*", lambda t, p: seen.append("high"), priority=5)
    bus.subscribe("*", lambda t, p: seen.append("zero"))
    bus.publish("x")
    assert seen == ["high", "low", "zero"]


def test_cancel(bus, seen):
    subscription = bus.subscribe("*", lambda t, p: seen.append(t))
    subscription.cancel()
    subscription.cancel()
    assert bus.publish("x") == 0
    assert seen == []


def test_once(bus, seen):
    bus.once("tick", lambda t, p: seen.append(p))
    bus.publish("tick", 1)
    bus.publish("tick", 2)
    assert seen == [1]


def test_once_does_not_skip_the_next(bus, seen):
    bus.once("tick", lambda t, p: seen.append("once"))
    bus.subscribe("tick", lambda t, p: seen.append("always"))
    assert bus.publish("tick") == 2
    assert seen == ["once", "always"]


def test_error_does_not_stop_others(bus, seen):
    def broken(topic, payload):
        raise RuntimeError("boom")

    bus.subscribe("*", broken, priority=9)
    bus.subscribe("*", lambda t, p: seen.append(t))
    assert bus.publish("x") == 2
    assert seen == ["x"]
    assert bus.errors == [("x", "boom")]


def test_cancel_while_publishing(bus, seen):
    second = bus.subscribe("*", lambda t, p: seen.append("second"))
    bus.subscribe("*", lambda t, p: second.cancel(), priority=3)
    assert bus.publish("x") == 1
    assert seen == []


def test_history(bus):
    for number in range(4):
        bus.publish("a.b" if number % 2 else "c", number)
    assert bus.history("a.*") == [("a.b", 1), ("a.b", 3)]
    assert bus.history(limit=1) == [("a.b", 3)]
    assert len(bus.history()) == 4


def test_replay(bus, seen):
    bus.publish("a", 1)
    bus.publish("b", 2)
    bus.replay(lambda t, p: seen.append((t, p)), "b")
    assert seen == [("b", 2)]
