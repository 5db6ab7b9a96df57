"""Messages and their headers, read without the client library."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.broker.bulk import BulkClient, parse_headers

TAKEN, OTHER = 7, 8
BLOCK = b"NATS/1.0\r\nA: b\r\n\r\n"


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


Message = tuple[int, bytes, bytes, bool]
"""Subscription, where to reply to, payload, and whether there are headers."""


def _frame(sid: int, reply: bytes, payload: bytes, headers: bool) -> bytes:
    to = b"in.box %d %b" % (sid, reply + b" " if reply else b"")
    if headers:
        return b"HMSG %b%d %d\r\n%b%b\r\n" % (to, len(BLOCK), len(BLOCK) + len(payload), BLOCK, payload)
    return b"MSG %b%d\r\n%b\r\n" % (to, len(payload), payload)


class Listening(BulkClient):
    """Notes who got which message."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[int, bytes, bytes, bytes, bytes]] = []
        self._taking[TAKEN] = lambda *message: self.got.append((TAKEN, *message))

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        self.got.append((sid, bytes(subject), bytes(reply or b""), headers or b"", data))


_PAYLOADS = st.one_of(st.binary(max_size=40), st.sampled_from([b"HMSG in.box 7 2 2\r\n", b"\r\n", b"PING\r\n"]))
_REPLIES = st.sampled_from([b"", b"$JS.ACK.1", b"7"])
_MESSAGES = st.lists(st.tuples(st.sampled_from([TAKEN, OTHER]), _REPLIES, _PAYLOADS, st.booleans()), max_size=8)


@given(_MESSAGES, st.lists(st.integers(0, 600)))
def test_every_message_arrives_once_and_in_order_wherever_the_stream_is_cut(
    messages: list[Message], cuts: list[int]
) -> None:
    wire = b"".join(_frame(*message) for message in messages)
    ends = [*sorted(cuts), len(wire)]
    client = Listening()

    async def receive() -> None:
        parser: Any = client._ps
        for begin, end in zip([0, *ends], ends, strict=False):
            await parser.parse(wire[begin:end])

    asyncio.run(receive())
    assert client.got == [
        (sid, b"in.box", reply, BLOCK if headers else b"", payload) for sid, reply, payload, headers in messages
    ]


@pytest.mark.parametrize(
    ("received", "is_heard"),
    [(_frame(TAKEN, b"", b"x" * 9_000, True)[:8_000], True), (_frame(OTHER, b"", b"x" * 9_000, False)[:8_000], True),
     (b"PIN", True), (b"?" * 8_000, False)],
)  # fmt: skip
async def test_a_broker_lives_that_sends_what_can_be_understood(received: bytes, is_heard: bool) -> None:
    nc = Listening()
    for at in range(0, len(received), 100):
        nc._pings_outstanding = 2
        await nc._ps.parse(received[at : at + 100])
    assert nc._pings_outstanding == (0 if is_heard else 2)
