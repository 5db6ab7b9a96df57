"""Streams as the server keeps them: sequences per stream, expectations per subject, message ids, direct gets."""

import base64
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_OF = "Nats-Expected-Last-Subject-Sequence-Subject"
MESSAGE_ID = "Nats-Msg-Id"
CREATED = "2026-01-01T00:00:00.000000000Z"


class Stored(NamedTuple):
    seq: int
    at: float
    subject: str
    data: bytes
    headers: dict[str, str]

    @property
    def time(self) -> str:
        minutes, seconds = divmod(self.at, 60)
        return f"2026-01-01T{int(minutes) // 60:02}:{int(minutes) % 60:02}:{seconds:09.6f}000Z"

    def as_json(self) -> dict[str, Any]:
        lines = "NATS/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.headers.items()) + "\r\n"
        hdrs, data = (base64.b64encode(part).decode() for part in (lines.encode(), self.data))
        return {"seq": self.seq, "subject": self.subject, "time": self.time, "hdrs": hdrs, "data": data}


class Refused(Exception):
    """The server's answer to a publish it does not store."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@functools.cache
def matcher(pattern: str) -> Callable[[str], object]:
    """Whether a subject matches a pattern."""
    if "*" not in pattern and not pattern.endswith(">"):
        return pattern.__eq__
    tokens = [{"*": "[^.]+", ">": ".+"}.get(token, re.escape(token)) for token in pattern.split(".")]
    return re.compile(r"\.".join(tokens)).fullmatch


class Stream:
    def __init__(self, name: str, subjects: list[str]) -> None:
        self.name = name
        self.subjects = subjects
        self.messages: dict[int, Stored] = {}
        self.last_seq = 0
        self._ids: dict[str, int] = {}

    def append(self, subject: str, data: bytes, headers: dict[str, str], now: float) -> tuple[int, bool]:
        """The sequence, and whether the message is one that was stored before. Raises Refused."""
        id_ = headers.get(MESSAGE_ID)
        if id_ in self._ids:
            return self._ids[id_], True
        if EXPECTED in headers:
            last = self.last(headers.get(EXPECTED_OF, subject))
            if (last.seq if last else 0) != int(headers[EXPECTED]):
                raise Refused(10071, f"wrong last sequence: {last.seq if last else 0}")
        self.last_seq += 1
        self.messages[self.last_seq] = Stored(self.last_seq, now, subject, data, headers)
        if id_:
            self._ids[id_] = self.last_seq
        return self.last_seq, False

    def info(self) -> dict[str, Any]:
        """As the server tells it, as far as anybody asks."""
        first_seq = next(iter(self.messages), self.last_seq + 1)
        subjects = dict(Counter(message.subject for message in self.messages.values()))
        state = {"first_seq": first_seq, "last_seq": self.last_seq, "messages": len(self.messages)}
        return {"created": CREATED, "state": state | {"subjects": subjects}, "config": {"name": self.name}}

    def last(self, pattern: str, up_to: int | None = None) -> Stored | None:
        matches = matcher(pattern)
        for seq in range(self.last_seq if up_to is None else up_to, 0, -1):
            message = self.messages.get(seq)
            if message and matches(message.subject):
                return message
        return None

    def read(self, pattern: str, from_seq: int, up_to: int) -> Iterator[Stored]:
        matches = matcher(pattern or ">")
        for seq in range(from_seq, up_to + 1):
            message = self.messages.get(seq)
            if message and matches(message.subject):
                yield message

    def seen_by_replica(self, before: float) -> int:
        """The last sequence of a replica that holds what was stored before a moment."""
        seq = self.last_seq
        while seq and (message := self.messages.get(seq)) and message.at > before:
            seq -= 1
        return seq

    def forget_consumed_ids(self) -> None:
        """What a restart does to the window of message ids: only those of stored messages are found again."""
        self._ids = {id_: seq for id_, seq in self._ids.items() if seq in self.messages}


class Transform:
    """One declared copy rule: which subjects are taken over, and under which name."""

    def __init__(self, declared: dict[str, Any]) -> None:
        self.src: str = declared["src"]
        self.dest: str = declared["dest"]
        self._matches = matcher(self.src)
        self._wild = [place for place, token in enumerate(self.src.split(".")) if token == "*"]

    def of(self, subject: str) -> str:
        """The copy's subject, or nothing."""
        if not self._matches(subject):
            return ""
        tokens = subject.split(".")
        return re.sub(r"\{\{wildcard\((\d+)\)\}\}", lambda found: tokens[self._wild[int(found[1]) - 1]], self.dest)
