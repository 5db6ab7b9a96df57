from limiter import SlidingWindow, TokenBucket
from limiter.window import PerClient


def test_burst_then_refused(clock):
    bucket = TokenBucket(3, 1, clock)
    assert [bucket.allow() for _ in range(4)] == [True, True, True, False]


def test_refills_over_time(clock):
    bucket = TokenBucket(3, 2, clock)
    for _ in range(3):
        bucket.allow()
    clock.now = 0.5
    assert bucket.allow()
    assert not bucket.allow()


def test_never_over_capacity(clock):
    bucket = TokenBucket(3, 2, clock)
    clock.now = 100
    assert [bucket.allow() for _ in range(4)] == [True, True, True, False]


def test_refill_counts_once(clock):
    bucket = TokenBucket(10, 1, clock)
    assert bucket.allow(10)
    clock.now = 2
    assert not bucket.allow(5)
    clock.now = 3
    assert not bucket.allow(5)
    assert bucket.allow(3)


def test_wait(clock):
    bucket = TokenBucket(4, 2, clock)
    assert bucket.wait_s(4) == 0.0
    bucket.allow(4)
    assert bucket.wait_s(3) == 1.5


def test_window(clock):
    window = SlidingWindow(2, 10, clock)
    assert window.allow() and window.allow()
    assert not window.allow()
    assert window.remaining() == 0
    clock.now = 9.9
    assert not window.allow()
    clock.now = 10
    assert window.remaining() == 2
    assert window.allow()


def test_clients_are_separate(clock):
    clients = PerClient(lambda: SlidingWindow(1, 10, clock))
    assert clients.allow("a")
    assert clients.allow("b")
    assert not clients.allow("a")
