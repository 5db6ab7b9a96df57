"""Prices in cents by zone and weight class."""

BASE = {"domestic": 390, "near": 690, "europe": 990, "world": 1990}
STEPS = [(500, 0), (2000, 150), (5000, 400), (31500, 900)]
MAX_GRAMS = 31500


class TooHeavy(ValueError):
    pass


def surcharge(grams):
    if grams <= 0:
        raise ValueError("weight must be positive")
    for limit, cents in STEPS:
        if grams <= limit:
            return cents
    raise TooHeavy(f"{grams} g is over {MAX_GRAMS} g")


def base_rate(zone):
    return BASE[zone]
