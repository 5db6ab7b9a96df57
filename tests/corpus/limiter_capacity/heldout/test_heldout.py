from limiter import SlidingWindow, TokenBucket
from limiter.window import PerClient


def test_more():
    now = [5.0]
    bucket = TokenBucket(2, 0.5, lambda: now[0])
    assert bucket.allow(2)
    assert bucket.wait_s() == 2.0
    now[0] = 7.0
    assert bucket.wait_s() == 0.0
    assert bucket.allow() and not bucket.allow()
    now[0] = 8.0
    assert not bucket.allow()
    now[0] = 9.0
    assert bucket.allow()

    window = SlidingWindow(3, 1, lambda: now[0])
    for step in (9.0, 9.4, 9.8):
        now[0] = step
        assert window.allow()
    assert not window.allow()
    now[0] = 10.1
    assert window.remaining() == 1
    clients = PerClient(lambda: TokenBucket(1, 1, lambda: now[0]))
    assert [clients.allow(c) for c in "aab"] == [True, False, True]
