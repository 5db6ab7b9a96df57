"""Headers of messages, read without the client library."""

import pytest

from mycoderai.broker.bulk import parse_headers


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        (b"", {}),
        (b"NATS/1.0\r\n\r\n", {}),
        (b"NATS/1.0\r\nNats-Sequence: 7\r\nX:\r\n\r\n", {"Nats-Sequence": "7", "X": ""}),
        (b"NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\n\r\n", {"Status": "204", "Nats-Num-Pending": "0"}),
        (b"NATS/1.0 404 Message Not Found\r\n\r\n", {"Status": "404"}),
        (b"NATS/1.0\r\nNats-Time-Stamp: 2026-01-31T10:00:00Z\r\n\r\n", {"Nats-Time-Stamp": "2026-01-31T10:00:00Z"}),
        (b"NATS/1.0\r\nno separator\r\nA: \xff\r\n\r\n", {"A": "\ufffd"}),
    ],
)
def test_headers_are_read_by_name(block: bytes, headers: dict[str, str]) -> None:
    assert parse_headers(block) == headers
