import pytest

from invoice import Invoice, LineItem, format_cents


def test_line_total():
    assert LineItem("a", 250, 3).total() == 750


def test_negative_quantity():
    with pytest.raises(ValueError):
        Invoice("X").add("Pen", "1", -1)


def test_big_invoice():
    invoice = Invoice("B", tax_percent=7, discount_percent=5)
    invoice.add("x", "10.01", 3).add("y", "0.99", 7, taxable=False)
    assert invoice.subtotal() == 3696
    assert invoice.discount() == 184
    assert invoice.tax() == 200
    assert invoice.total() == 3712
    assert invoice.most_expensive().name == "x"


def test_format():
    assert format_cents(-5) == "-0.05"
    assert format_cents(100000000) == "1,000,000.00"
    assert format_cents(0) == "0.00"


def test_one_item():
    assert Invoice("B").add("one", "5").most_expensive().name == "one"
