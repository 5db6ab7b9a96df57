import unittest

from inventory import Inventory, Movement, OutOfStock


class InventoryTest(unittest.TestCase):
    def setUp(self):
        self.stock = Inventory(reorder_level=3)
        self.stock.receive("bolt", 10)
        self.stock.receive("nut", 4)

    def test_receive_adds(self):
        self.stock.receive("bolt", 5)
        self.assertEqual(self.stock.on_hand("bolt"), 15)
        self.assertEqual(self.stock.on_hand("gear"), 0)

    def test_reserve_reduces_available(self):
        self.stock.reserve("o1", {"bolt": 4, "nut": 1})
        self.assertEqual(self.stock.available("bolt"), 6)
        self.assertEqual(self.stock.on_hand("bolt"), 10)
        self.assertEqual(self.stock.reserved("bolt"), 4)

    def test_two_orders(self):
        self.stock.reserve("o1", {"bolt": 4})
        self.stock.reserve("o2", {"bolt": 6})
        self.assertEqual(self.stock.available("bolt"), 0)
        with self.assertRaises(OutOfStock):
            self.stock.reserve("o3", {"bolt": 1})

    def test_all_or_none(self):
        with self.assertRaises(OutOfStock):
            self.stock.reserve("o1", {"bolt": 2, "nut": 5})
        self.assertEqual(self.stock.available("bolt"), 10)

    def test_reserve_more_for_the_same_order(self):
        self.stock.reserve("o1", {"bolt": 2})
        self.stock.reserve("o1", {"bolt": 3})
        self.assertEqual(self.stock.reserved("bolt"), 5)

    def test_ship(self):
        self.stock.reserve("o1", {"bolt": 4, "nut": 1})
        self.assertEqual(self.stock.ship("o1"), 5)
        self.assertEqual(self.stock.on_hand("bolt"), 6)
        self.assertEqual(self.stock.reserved("bolt"), 0)
        self.assertEqual(self.stock.log[-1], Movement("ship", "nut", 1))
        with self.assertRaises(KeyError):
            self.stock.ship("o1")

    def test_cancel(self):
        self.stock.reserve("o1", {"bolt": 4})
        self.stock.cancel("o1")
        self.stock.cancel("never")
        self.assertEqual(self.stock.available("bolt"), 10)

    def test_reorder(self):
        self.assertEqual(self.stock.to_reorder(), [])
        self.stock.reserve("o1", {"nut": 1})
        self.assertEqual(self.stock.to_reorder(), ["nut"])

    def test_moved(self):
        self.stock.reserve("o1", {"bolt": 4})
        self.stock.ship("o1")
        self.assertEqual(self.stock.moved("bolt"), 6)
        self.assertEqual(self.stock.moved("nut"), 4)

    def test_value(self):
        self.assertEqual(self.stock.value({"bolt": 5, "gear": 100}), 50)
