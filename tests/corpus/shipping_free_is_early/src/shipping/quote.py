"""Quotes for parcels."""
from .rates import base_rate, surcharge
from .zones import needs_customs, zone_for

CUSTOMS_FEE = 250
FREE_FROM = 10000


def volumetric_grams(length_cm, width_cm, height_cm):
    return length_cm * width_cm * height_cm // 5


def quote(country, grams, size_cm=None, order_cents=0, express=False):
    """Total shipping price in cents."""
    zone = zone_for(country)
    if size_cm is not None:
        grams = max(grams, volumetric_grams(*size_cm))
    price = base_rate(zone) + surcharge(grams)
    if express:
        price += 1200 if zone != "domestic" else 500
    if zone == "domestic" and order_cents >= FREE_FROM:
        price = 0
    if needs_customs(country):
        price += CUSTOMS_FEE
    return price


def cheapest(countries, grams):
    best = None
    for country in countries:
        price = quote(country, grams)
        if best is None or price < best[1]:
            best = (country, price)
    return best
