"""Invoices with line items, discounts and tax, in whole cents."""
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal


def to_cents(amount):
    return int((Decimal(amount) * 100).quantize(Decimal("1"), rounding=ROUND_HALF_UP))


def format_cents(cents):
    sign = "-" if cents < 0 else ""
    cents = abs(cents)
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


@dataclass
class LineItem:
    name: str
    unit_cents: int
    quantity: int = 1
    taxable: bool = True

    def total(self):
        return self.unit_cents * self.quantity


@dataclass
class Invoice:
    customer: str
    tax_percent: int = 20
    items: list = field(default_factory=list)
    discount_percent: int = 0

    def add(self, name, price, quantity=1, taxable=True):
        if quantity < 0:
            raise ValueError("quantity must be positive")
        self.items.append(LineItem(name, to_cents(price), quantity, taxable))
        return self

    def subtotal(self):
        return sum(item.total() for item in self.items)

    def discount(self):
        return self.subtotal() * self.discount_percent // 100

    def tax(self):
        taxable = sum(item.total() for item in self.items if item.taxable)
        taxable -= taxable * self.discount_percent // 100
        return (taxable * self.tax_percent + 50) // 100

    def total(self):
        return self.subtotal() - self.discount() + self.tax()

    def most_expensive(self):
        if not self.items:
            return None
        return max(self.items, key=lambda item: item.total())

    def render(self):
        lines = [f"Invoice for {self.customer}"]
        for item in self.items:
            lines.append(f"{item.quantity} x {item.name}: {format_cents(item.total())}")
        lines.append(f"Total: {format_cents(self.total())}")
        return "\n".join(lines)
