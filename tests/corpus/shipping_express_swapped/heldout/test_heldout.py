import pytest

from shipping import quote, zone_for
from shipping.quote import cheapest
from shipping.rates import surcharge
from shipping.zones import needs_customs


def test_more_quotes():
    assert quote("ES", 4000) == 1390
    assert quote("BR", 6000, express=True) == 4340
    assert quote("DE", 100, order_cents=15000, express=True) == 500
    assert quote("DE", 1000, size_cm=(5, 5, 5)) == 540


def test_zone_case():
    assert zone_for("pl") == "near"
    assert needs_customs(" us")
    assert not needs_customs("DE")


def test_surcharge_edges():
    assert surcharge(5000) == 400
    assert surcharge(5001) == 900
    with pytest.raises(ValueError):
        surcharge(-5)


def test_cheapest():
    assert cheapest(["US"], 100) == ("US", 2240)
    assert cheapest(["ES", "DE", "US"], 10) == ("DE", 390)
