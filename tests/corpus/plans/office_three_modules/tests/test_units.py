import pytest

from units.bases import bit_count, gcd, power, to_base
from units.durations import format_duration, human_size, parse_duration
from units.roman import from_roman, to_roman

PAIRS = [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (40, "XL"), (1994, "MCMXCIV"), (2024, "MMXXIV")]


@pytest.mark.parametrize(("number", "roman"), PAIRS)
def test_roman(number, roman):
    assert to_roman(number) == roman
    assert from_roman(roman) == number


def test_roman_limits():
    assert to_roman(3999) == "MMMCMXCIX"
    for number in (0, 4000, -1):
        with pytest.raises(ValueError):
            to_roman(number)


def test_to_base():
    assert to_base(255, 16) == "ff"
    assert to_base(10, 2) == "1010"
    assert to_base(0, 7) == "0"
    assert to_base(-35, 36) == "-z"
    with pytest.raises(ValueError):
        to_base(5, 1)


def test_gcd():
    assert gcd(12, 18) == 6
    assert gcd(7, 0) == 7
    assert gcd(-4, 6) == 2


def test_power():
    assert power(3, 5) == 243
    assert power(2, 0) == 1
    assert power(7, 13, 11) == pow(7, 13, 11)


def test_bit_count():
    assert [bit_count(n) for n in (0, 1, 7, 8, 255)] == [0, 1, 3, 1, 8]


def test_parse_duration():
    assert parse_duration("1h30m") == 5400
    assert parse_duration("2d 5s") == 172805
    for text in ("", "5", "5x", "1h-2m"):
        with pytest.raises(ValueError):
            parse_duration(text)


def test_format_duration():
    assert format_duration(5400) == "1h 30m"
    assert format_duration(0) == "0s"
    assert format_duration(90061) == "1d 1h 1m 1s"


def test_human_size():
    assert human_size(512) == "512 B"
    assert human_size(1024) == "1.0 KB"
    assert human_size(5 * 1024 * 1024) == "5.0 MB"
    assert human_size(3 * 1024**4) == "3.0 TB"
