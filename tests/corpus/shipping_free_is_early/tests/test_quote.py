import pytest

from shipping import quote, zone_for
from shipping.quote import cheapest, volumetric_grams
from shipping.rates import TooHeavy, surcharge
from shipping.zones import needs_customs


@pytest.mark.parametrize(
    ("country", "zone"), [("DE", "domestic"), (" fr ", "near"), ("it", "europe"), ("US", "world")]
)
def test_zone(country, zone):
    assert zone_for(country) == zone


@pytest.mark.parametrize(("grams", "cents"), [(1, 0), (500, 0), (501, 150), (2000, 150), (31500, 900)])
def test_surcharge(grams, cents):
    assert surcharge(grams) == cents


def test_limits():
    with pytest.raises(ValueError):
        surcharge(0)
    with pytest.raises(TooHeavy):
        surcharge(31501)


def test_simple_quotes():
    assert quote("DE", 300) == 390
    assert quote("FR", 1500) == 840
    assert quote("US", 300) == 2240
    assert quote("CH", 300) == 940


def test_volume_counts():
    assert volumetric_grams(50, 40, 30) == 12000
    assert quote("DE", 300, size_cm=(50, 40, 30)) == 1290
    assert quote("DE", 3000, size_cm=(10, 10, 10)) == 790


def test_free_domestic_shipping():
    assert quote("DE", 300, order_cents=10000) == 0
    assert quote("DE", 300, order_cents=9999) == 390
    assert quote("AT", 300, order_cents=20000) == 690


def test_express():
    assert quote("DE", 300, express=True) == 890
    assert quote("AT", 300, express=True) == 1890
    assert quote("DE", 300, order_cents=12000, express=True) == 500


def test_customs():
    assert needs_customs("ch")
    assert not needs_customs("se")


def test_cheapest():
    assert cheapest(["US", "FR", "DE", "AT"], 300) == ("DE", 390)
    assert cheapest(["AT", "FR"], 300) == ("AT", 690)
    assert cheapest([], 300) is None
