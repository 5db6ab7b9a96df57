"""What a parcel costs, in cents."""

LETTER_MAX_G = 50
BULKY_FROM_CM = 12
BASE = {"letter": 110, "parcel": 549}


def kind(grams):
    return "letter" if grams <= LETTER_MAX_G else "parcel"


def base_price(grams):
    return BASE[kind(grams)]


def surcharge(length_cm):
    """Long things do not fit the belt."""
    if length_cm >= BULKY_FROM_CM:
        return 1500
    return 0


def handling_days(country):
    return 1 if country == "DE" else 4
