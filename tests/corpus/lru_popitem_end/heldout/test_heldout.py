from cachetools_lite import LRUCache, TTLCache


def test_capacity_one():
    cache = LRUCache(1)
    cache.put("a", 1)
    cache.put("b", 2)
    assert "a" not in cache and cache.get("b") == 2


def test_order_of_three():
    cache = LRUCache(3)
    for key in "abc":
        cache.put(key, key)
    cache.get("a")
    cache.get("b")
    cache.put("d", "d")
    assert "c" not in cache
    assert all(key in cache for key in "abd")
    assert cache.hits == 2 and cache.misses == 0 and cache.hit_rate() == 1.0


def test_ttl_boundaries():
    now = [0]
    cache = TTLCache(5, lambda: now[0])
    cache.put("x", None)
    now[0] = 5
    assert cache.get("x", 3) == 3
    cache.put("y", 2)
    now[0] = 10
    assert cache.purge() == 1
