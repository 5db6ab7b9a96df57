"""Which zone a destination is in."""

ZONES = {
    "domestic": {"DE"},
    "near": {"AT", "CH", "FR", "NL", "PL", "DK", "CZ", "BE", "LU"},
    "europe": {"ES", "IT", "PT", "SE", "FI", "IE", "GR"},
}
DEFAULT_ZONE = "world"


def zone_for(country):
    code = country.strip().upper()
    for zone, countries in ZONES.items():
        if code in countries:
            return zone
    return DEFAULT_ZONE


def needs_customs(country):
    zone = zone_for(country)
    return zone == DEFAULT_ZONE or country.strip().upper() == "CH"
