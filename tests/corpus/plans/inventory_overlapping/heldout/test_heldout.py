import pytest

from inventory import Inventory, OutOfStock


def test_all():
    stock = Inventory()
    for n in range(6):
        stock.receive("a", n)
        stock.receive("b", 1)
    assert stock.on_hand("a") == 15 and stock.moved("a") == 15
    stock.reserve("x", {"a": 15, "b": 2})
    assert stock.to_reorder() == ["a", "b"]
    with pytest.raises(OutOfStock):
        stock.reserve("y", {"b": 5})
    stock.reserve("y", {"b": 4})
    assert stock.ship("x") == 17
    assert stock.on_hand("b") == 4 and stock.available("b") == 0
    assert stock.moved("b") == 4
    assert stock.value({"a": 3, "b": 2}) == 8
    stock.cancel("y")
    assert stock.available("b") == 4
