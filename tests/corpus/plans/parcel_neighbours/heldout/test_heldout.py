from parcel import base_price, kind, surcharge


def test_edges():
    assert kind(500) == "letter"
    assert kind(501) == "parcel"
    assert base_price(1) == 110
    assert surcharge(119) == 0
    assert surcharge(121) == 1500
