"""Sequences that are missing from what a stream was read as. Pure.

Nothing of ours deletes an event or a write to memory, so a gap is damage: the broker skips, without a word, a message
it cannot read.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mycoderai.broker.log import Raw

LOST = "the broker cannot read"


class Gap(NamedTuple):
    first: int
    last: int

    def told(self, stream: str) -> str:
        which = f"message {self.first}" if self.first == self.last else f"messages {self.first} to {self.last}"
        return f"{LOST} {which} of {stream}: its store is damaged"


def gaps(after: int, page: Sequence[Raw], to: int = 0) -> list[Gap]:
    """Between a sequence and the end of the page that was read past it, or `to` if the page ends before that."""
    end = max(to, page[-1].seq if page else after)
    if end - after == len(page):
        return []
    seqs = [raw.seq for raw in page]
    return [
        Gap(one + 1, next_ - 1) for one, next_ in zip([after, *seqs], [*seqs, end + 1], strict=True) if next_ > one + 1
    ]
