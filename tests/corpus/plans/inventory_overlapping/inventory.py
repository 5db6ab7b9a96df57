"""Stock keeping with reservations."""
from collections import namedtuple

Movement = namedtuple("Movement", "kind sku quantity")


class OutOfStock(Exception):
    pass


class Inventory:
    def __init__(self, reorder_level=5):
        self.reorder_level = reorder_level
        self._stock = {}
        self._reserved = {}
        self.log = []

    def receive(self, sku, quantity):
        self._stock[sku] = self._stock.get(sku, 0) + quantity
        self.log.append(Movement("receive", sku, quantity))

    def on_hand(self, sku):
        return self._stock.get(sku, 0)

    def reserved(self, sku):
        return sum(order.get(sku, 0) for order in self._reserved.values())

    def available(self, sku):
        return self.on_hand(sku) - self.reserved(sku)

    def reserve(self, order_id, lines):
        """All lines or none."""
        for sku, quantity in lines.items():
            if quantity > self.available(sku):
                raise OutOfStock(sku)
        order = self._reserved.setdefault(order_id, {})
        for sku, quantity in lines.items():
            order[sku] = order.get(sku, 0) + quantity

    def ship(self, order_id):
        order = self._reserved.pop(order_id)
        for sku, quantity in order.items():
            self._stock[sku] -= quantity
            self.log.append(Movement("ship", sku, quantity))
        return sum(order.values())

    def cancel(self, order_id):
        self._reserved.pop(order_id, None)

    def to_reorder(self):
        return sorted(sku for sku in self._stock if self.available(sku) >= self.reorder_level)

    def moved(self, sku):
        """Net quantity the log accounts for."""
        total = 0
        for movement in self.log:
            if movement.sku != sku:
                continue
            if movement.kind == "receive":
                total += movement.quantity
            else:
                total += movement.quantity
        return total

    def value(self, prices):
        return sum(prices.get(sku, 0) * quantity for sku, quantity in self._stock.items())
