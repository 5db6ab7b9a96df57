"""Parses web server log lines."""
import re
from dataclasses import dataclass

LINE = re.compile(r'(?P<ip>\S+) \[(?P<day>[^\]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+)" (?P<status>\d{3}) (?P<size>\d+|-)')


@dataclass(frozen=True)
class Entry:
    ip: str
    day: str
    method: str
    path: str
    status: int
    size: int

    @property
    def is_error(self):
        return self.status >= 400


def parse_line(line):
    """An Entry, or None when the line is not in the format."""
    match = LINE.match(line.strip())
    if match is None:
        return None
    size = match.group("size")
    return Entry(
        ip=match.group("ip"),
        day=match.group("day"),
        method=match.group("method"),
        path=match.group("path").split("?")[0],
        status=int(match.group("status")),
        size=0 if size == "-" else int(size),
    )


def parse(text):
    entries = (parse_line(line) for line in text.splitlines() if line.strip())
    return [entry for entry in entries if entry is not None]
