from eventbus import EventBus


def test_all():
    bus = EventBus()
    out = []
    first = bus.subscribe("a*", lambda t, p: out.append(("first", t)))
    bus.subscribe("*b", lambda t, p: out.append(("second", t)))
    assert bus.publish("ab") == 2
    assert out == [("first", "ab"), ("second", "ab")]
    first.cancel()
    assert bus.publish("ab") == 1
    assert bus.history("a*", limit=5) == [("ab", None)] * 2
    once = bus.once("z", lambda t, p: out.append("once"))
    once.cancel()
    assert bus.publish("z") == 0
    assert bus.history(limit=2)[-1] == ("z", None)
    out.clear()
    bus.replay(lambda t, p: out.append(t))
    assert out == ["ab", "ab", "z"]
