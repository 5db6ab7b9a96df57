"""What nats-server keeps of each consumer, looked at before the server reads it.

These files have no checksum, and nats-server 2.15.1 believes the count of redelivered messages in one: a flipped bit
can make it read thousands of millions of entries that are not there, and take memory for them, before it listens. A
file with an impossible count is removed. The server then begins the consumer anew: what was not acknowledged is
delivered again, which harms nobody.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

FILES = "jetstream/*/streams/*/obs/*/o.dat"
_HEADER = b"\x16\x02"
"""Of the version whose layout is known here; others are left alone."""
_POSITIONS = 4
_PER_PENDING = 3
log = structlog.get_logger()


def remove_impossible(store: Path) -> None:
    for file in store.glob(FILES):
        if not is_possible(file.read_bytes()):
            file.unlink()
            log.warning("broker.consumer_state_removed", consumer=file.parent.name, stream=file.parents[2].name)


def is_possible(state: bytes) -> bool:
    """Whether a file has room for as many entries as it says it has."""
    if not state.startswith(_HEADER):
        return True
    numbers = _numbers(state[len(_HEADER) :])
    for _ in range(_POSITIONS):
        next(numbers, 0)
    for per_entry, before in ((_PER_PENDING, 1), (2, 0)):
        count = next(numbers, 0)
        if count > len(state):
            return False
        for _ in range(count * per_entry + before if count else 0):
            next(numbers, 0)
    return True


def _numbers(data: bytes) -> Iterator[int]:
    """Integers of seven bits a byte, the lowest first."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0
