import pytest

from logreport.__main__ import main
from logreport.parse import parse, parse_line
from logreport.report import busiest_day, bytes_by_ip, by_path, error_rate, table, top_paths

TEXT = """
10.0.0.1 [2024-05-01] "GET /home" 200 512
10.0.0.2 [2024-05-01] "GET /home?ref=mail" 200 100
10.0.0.1 [2024-05-02] "POST /login" 302 -

not a log line
10.0.0.3 [2024-05-01] "GET /missing" 404 20
10.0.0.1 [2024-05-02] "GET /about" 500 8
"""


@pytest.fixture
def entries():
    return parse(TEXT)


def test_parse_line():
    entry = parse_line('1.2.3.4 [d] "GET /a?b=c" 404 77\n')
    assert (entry.ip, entry.path, entry.status, entry.size) == ("1.2.3.4", "/a", 404, 77)
    assert entry.is_error


def test_parse_skips_rubbish(entries):
    assert len(entries) == 5
    assert parse_line("hello") is None


def test_missing_size_is_zero(entries):
    assert entries[2].size == 0


def test_by_path(entries):
    assert by_path(entries) == {"/home": 2, "/login": 1, "/missing": 1, "/about": 1}


def test_top_paths(entries):
    assert top_paths(entries) == [("/home", 2), ("/about", 1), ("/login", 1)]
    assert top_paths(entries, 1) == [("/home", 2)]


def test_error_rate(entries):
    assert error_rate(entries) == 0.4
    assert error_rate([]) == 0.0


def test_boundary_status_is_error():
    assert parse_line('1.1.1.1 [d] "GET /" 400 1').is_error
    assert not parse_line('1.1.1.1 [d] "GET /" 399 1').is_error


def test_bytes(entries):
    assert bytes_by_ip(entries) == {"10.0.0.1": 520, "10.0.0.2": 100, "10.0.0.3": 20}


def test_busiest_day(entries):
    assert busiest_day(entries) == "2024-05-01"
    assert busiest_day([]) is None


def test_table(entries):
    assert table(entries).splitlines()[1] == "/home           2"


def test_main(tmp_path, capsys):
    log = tmp_path / "access.log"
    log.write_text(TEXT)
    assert main([str(log)]) == 0
    assert "errors: 40.0%" in capsys.readouterr().out


def test_usage(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
