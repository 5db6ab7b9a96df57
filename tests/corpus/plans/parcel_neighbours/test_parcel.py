from parcel import base_price, handling_days, kind, surcharge


def test_letter():
    assert kind(20) == "letter"
    assert base_price(50) == 110


def test_heavy_letter():
    assert kind(500) == "letter"
    assert base_price(499) == 110


def test_parcel():
    assert base_price(501) == 549


def test_short():
    assert surcharge(11) == 0


def test_long():
    assert surcharge(120) == 1500
    assert surcharge(119) == 0


def test_days():
    assert handling_days("DE") == 1
    assert handling_days("FR") == 4
