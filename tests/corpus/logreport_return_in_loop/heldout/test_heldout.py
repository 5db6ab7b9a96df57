from logreport.parse import parse, parse_line
from logreport.report import busiest_day, bytes_by_ip, error_rate, top_paths


def test_rest():
    lines = "\n".join(f'9.9.9.{n % 2} [day{n % 3}] "GET /p{n % 4}" {200 + n * 30} {n}' for n in range(10))
    entries = parse(lines)
    assert len(entries) == 10
    assert top_paths(entries, 2) == [("/p0", 3), ("/p1", 3)]
    assert error_rate(entries) == 0.3
    assert bytes_by_ip(entries) == {"9.9.9.0": 20, "9.9.9.1": 25}
    assert busiest_day(entries) == "day0"


def test_dash():
    assert parse_line('1.1.1.1 [d] "PUT /x" 201 -').size == 0
    assert parse("") == []
