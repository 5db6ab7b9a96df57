import unittest

from cachetools_lite import LRUCache, TTLCache


class Clock:
    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class LRUTest(unittest.TestCase):
    def setUp(self):
        self.cache = LRUCache(2)

    def test_get_put(self):
        self.cache.put("a", 1)
        self.assertEqual(self.cache.get("a"), 1)
        self.assertIsNone(self.cache.get("b"))
        self.assertEqual(self.cache.get("b", 7), 7)

    def test_evicts_oldest(self):
        for key in "abc":
            self.cache.put(key, key.upper())
        self.assertNotIn("a", self.cache)
        self.assertIn("b", self.cache)
        self.assertEqual(len(self.cache), 2)

    def test_get_refreshes(self):
        self.cache.put("a", 1)
        self.cache.put("b", 2)
        self.cache.get("a")
        self.cache.put("c", 3)
        self.assertIn("a", self.cache)
        self.assertNotIn("b", self.cache)

    def test_put_refreshes(self):
        self.cache.put("a", 1)
        self.cache.put("b", 2)
        self.cache.put("a", 3)
        self.cache.put("c", 4)
        self.assertEqual(self.cache.get("a"), 3)
        self.assertNotIn("b", self.cache)

    def test_hit_rate(self):
        self.assertEqual(self.cache.hit_rate(), 0.0)
        self.cache.put("a", 1)
        self.cache.get("a")
        self.cache.get("a")
        self.cache.get("a")
        self.cache.get("x")
        self.assertAlmostEqual(self.cache.hit_rate(), 0.75)

    def test_clear_resets_counters(self):
        self.cache.put("a", 1)
        self.cache.get("a")
        self.cache.get("b")
        self.cache.clear()
        self.assertEqual((len(self.cache), self.cache.hits, self.cache.misses), (0, 0, 0))

    def test_capacity_is_checked(self):
        with self.assertRaises(ValueError):
            LRUCache(0)


class TTLTest(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.cache = TTLCache(10, self.clock)

    def test_fresh(self):
        self.cache.put("a", 1)
        self.clock.now = 9
        self.assertEqual(self.cache.get("a"), 1)

    def test_expired(self):
        self.cache.put("a", 1)
        self.clock.now = 10
        self.assertEqual(self.cache.get("a", "gone"), "gone")

    def test_purge(self):
        self.cache.put("a", 1)
        self.clock.now = 5
        self.cache.put("b", 2)
        self.clock.now = 12
        self.assertEqual(self.cache.purge(), 1)
        self.assertEqual(self.cache.get("b"), 2)


if __name__ == "__main__":
    unittest.main()
