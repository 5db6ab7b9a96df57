"""What nats-server keeps of each consumer, looked at before the server reads it.

These files have no checksum, and nats-server 2.15.1 does badly with a damaged one. It believes the count of redelivered
messages: a flipped bit can make it read thousands of millions of entries that are not there, and take memory for them,
before it listens. And over a file that is cut short, as a full disk or a loss of power leaves it, it never makes the
consumer again. Such files are removed. The server then begins the consumer anew: what was not acknowledged is
delivered again, which harms nobody.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

FILES = "jetstream/*/streams/*/obs/*/o.dat"
_FORMER, _HEADER = b"\x16\x01", b"\x16\x02"
"""Of the versions that the server reads. It writes the former one, whose entries are laid out otherwise, no more."""
_POSITIONS = 4
_PER_PENDING = 3
log = structlog.get_logger()


def remove_impossible(store: Path) -> None:
    for file in store.glob(FILES):
        if not is_possible(file.read_bytes()):
            file.unlink()
            log.warning("broker.consumer_state_removed", consumer=file.parent.name, stream=file.parents[2].name)


def is_possible(state: bytes) -> bool:
    """Whether the server can read this to its end: it holds as many entries as it says, or nothing at all."""
    if not state or state.startswith(_FORMER):
        return True
    if not state.startswith(_HEADER):
        return False
    numbers = _numbers(state[len(_HEADER) :])
    try:
        _pass_over(numbers, _POSITIONS)
        for per_entry, before in ((_PER_PENDING, 1), (2, 0)):
            if count := next(numbers):
                _pass_over(numbers, count * per_entry + before)
    except StopIteration:
        return False
    return True


def _pass_over(numbers: Iterator[int], count: int) -> None:
    for _ in range(count):
        next(numbers)


def _numbers(data: bytes) -> Iterator[int]:
    """Integers of seven bits a byte, the lowest first."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0
