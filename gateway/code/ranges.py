"""Byte ranges of HTTP (RFC 9110, section 14), one at a time. Pure."""

import re
from typing import NamedTuple

from mycoderai.gateway.problem import Problem

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Range(NamedTuple):
    first: int | None
    """None: the last so many bytes."""
    last: int | None

    def of(self, total: int) -> tuple[int, int]:
        """Where it begins and ends (excluded) in so many bytes. Raises Problem 416 when that is nowhere."""
        if self.first is None:
            first, end = max(0, total - (self.last or 0)), total
        else:
            first, end = self.first, total if self.last is None else min(self.last + 1, total)
        if first >= end:
            raise Problem(416, "no_such_range", f"there are {total:,} bytes")
        return first, end


def read_range(header: str) -> Range | None:
    """None where there is none, or one that a server may ignore."""
    found = _ONE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = (int(text) if text else None for text in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return Range(first, last)


def content_range(first: int, end: int, total: int) -> str:
    return f"bytes {first}-{end - 1}/{total}"
