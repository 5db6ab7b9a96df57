from datetime import date

from workdays import add_workdays, age, is_leap, is_workday, last_workday_of_month, quarter, workdays_between


def test_add():
    assert add_workdays(date(2024, 5, 17), 10) == date(2024, 5, 31)
    assert add_workdays(date(2024, 5, 17), -10) == date(2024, 5, 3)


def test_between_single():
    assert workdays_between(date(2024, 5, 17), date(2024, 5, 17)) == 1
    assert workdays_between(date(2024, 5, 18), date(2024, 5, 19)) == 0


def test_rest():
    assert age(date(1990, 12, 31), date(2020, 1, 1)) == 29
    assert age(date(1990, 2, 10), date(2020, 3, 5)) == 30
    assert quarter(date(2024, 7, 7)) == 3 and quarter(date(2024, 5, 7)) == 2
    assert [y for y in (1600, 1700, 2004, 2100, 2400) if is_leap(y)] == [1600, 2004, 2400]
    assert last_workday_of_month(date(2024, 8, 5)) == date(2024, 8, 30)
    assert not is_workday(date(2024, 5, 20), [date(2024, 5, 20)])
