"""Working-day arithmetic with holidays."""
from datetime import date, timedelta

SATURDAY = 5


def is_workday(day, holidays=()):
    return day.weekday() < SATURDAY and day not in holidays


def add_workdays(start, count, holidays=()):
    """The day that is count working days after start (before it when negative)."""
    step = timedelta(days=1 if count >= 0 else -1)
    remaining = abs(count)
    day = start
    while remaining > 0:
        day += step
        if is_workday(day, holidays):
            remaining -= 1
    return day


def workdays_between(first, last, holidays=()):
    """Working days from first to last, both included."""
    if last < first:
        return 0
    total = 0
    day = first
    while day <= last:
        if is_workday(day, holidays):
            total += 1
        day += timedelta(days=1)
    return total


def month_end(day):
    if day.month == 12:
        return date(day.year, 12, 31)
    return date(day.year, day.month + 1, 1) - timedelta(days=1)


def last_workday_of_month(day, holidays=()):
    end = month_end(day)
    while not is_workday(end, holidays):
        end -= timedelta(days=1)
    return end


def age(born, today):
    years = today.year - born.year
    if (today.month, today.day) < (born.month, born.day):
        years -= 1
    return years


def quarter(day):
    return (day.month - 1) // 3 + 1


def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 and year % 400 == 0)
