from units.bases import bit_count, gcd, power, to_base
from units.durations import format_duration, human_size, parse_duration
from units.roman import from_roman, to_roman


def test_round_trips():
    assert all(from_roman(to_roman(n)) == n for n in range(1, 4000, 7))
    assert all(int(to_base(n, b), b) == n for n in (-99, 0, 1, 12345) for b in (2, 3, 10, 36))
    assert all(parse_duration(format_duration(n)) == n for n in (1, 59, 60, 3600, 86399, 100000))
    assert all(power(b, e, 97) == pow(b, e, 97) for b in range(5) for e in range(9))
    assert all(bit_count(n) == bin(n).count("1") for n in range(70))
    assert gcd(0, 5) == 5 and gcd(17, 5) == 1
    assert human_size(1536) == "1.5 KB" and human_size(1023) == "1023 B"
    assert from_roman("xiv") == 14
