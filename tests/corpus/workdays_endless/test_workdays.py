from datetime import date

from workdays import (
    add_workdays,
    age,
    is_leap,
    is_workday,
    last_workday_of_month,
    month_end,
    quarter,
    workdays_between,
)

CHRISTMAS = {date(2024, 12, 25), date(2024, 12, 26)}


def test_is_workday():
    assert is_workday(date(2024, 5, 17))
    assert not is_workday(date(2024, 5, 18))
    assert not is_workday(date(2024, 5, 19))
    assert not is_workday(date(2024, 12, 25), CHRISTMAS)


def test_add_over_weekend():
    assert add_workdays(date(2024, 5, 16), 2) == date(2024, 5, 20)
    assert add_workdays(date(2024, 5, 20), -1) == date(2024, 5, 17)
    assert add_workdays(date(2024, 5, 20), 0) == date(2024, 5, 20)


def test_add_over_holidays():
    assert add_workdays(date(2024, 12, 24), 1, CHRISTMAS) == date(2024, 12, 27)


def test_between():
    assert workdays_between(date(2024, 5, 13), date(2024, 5, 19)) == 5
    assert workdays_between(date(2024, 5, 13), date(2024, 5, 20)) == 6
    assert workdays_between(date(2024, 5, 20), date(2024, 5, 13)) == 0
    assert workdays_between(date(2024, 12, 23), date(2024, 12, 27), CHRISTMAS) == 3


def test_month_end():
    assert month_end(date(2024, 2, 3)) == date(2024, 2, 29)
    assert month_end(date(2024, 12, 3)) == date(2024, 12, 31)


def test_last_workday():
    assert last_workday_of_month(date(2024, 6, 1)) == date(2024, 6, 28)


def test_age():
    assert age(date(2000, 6, 15), date(2024, 6, 14)) == 23
    assert age(date(2000, 6, 15), date(2024, 6, 15)) == 24
    assert age(date(2000, 6, 15), date(2024, 3, 20)) == 23


def test_quarter():
    assert [quarter(date(2024, m, 1)) for m in (1, 3, 4, 6, 9, 10, 12)] == [1, 1, 2, 2, 3, 4, 4]


def test_leap():
    assert is_leap(2024)
    assert not is_leap(2023)
    assert not is_leap(1900)
    assert is_leap(2000)
