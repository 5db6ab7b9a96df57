import pytest

from invoice import Invoice, format_cents, to_cents


def make():
    return Invoice("ACME").add("Desk", "120.00", 2).add("Book", "15.50", taxable=False)


def test_to_cents_rounds_half_up():
    assert to_cents("1.005") == 101
    assert to_cents("2") == 200


def test_format_cents():
    assert format_cents(5) == "0.05"
    assert format_cents(123456) == "1,234.56"
    assert format_cents(-250) == "-2.50"


def test_subtotal_and_total():
    invoice = make()
    assert invoice.subtotal() == 25550
    assert invoice.tax() == 4800
    assert invoice.total() == 30350


def test_discount_reduces_tax_too():
    invoice = make()
    invoice.discount_percent = 10
    assert invoice.discount() == 2555
    assert invoice.tax() == 4320
    assert invoice.total() == 27315


def test_rejects_zero_quantity():
    with pytest.raises(ValueError):
        Invoice("X").add("Pen", "1", 0)


def test_most_expensive():
    assert make().most_expensive().name == "Desk"
    assert Invoice("X").most_expensive() is None


def test_render():
    assert make().render().splitlines() == [
        "Invoice for ACME",
        "2 x Desk: 240.00",
        "1 x Book: 15.50",
        "Total: 303.50",
    ]


def test_invoices_do_not_share_items():
    make()
    assert Invoice("Other").items == []
