"""What the server says about the command queue."""

from collections.abc import Mapping
from typing import NamedTuple


class Standing(NamedTuple):
    """A pool's consumer."""

    pending: int
    """Commands it has not delivered yet."""
    unacked: int
    """Commands delivered, or to be delivered again, that nobody has ended."""
    delivered: int
    """Sequence of the newest command it has delivered."""
    redelivered: int = 0
    """Of those delivered and not ended, delivered more than once."""
    ended: int = 0
    """Sequence up to which all were ended."""


class Books(NamedTuple):
    messages: int
    """Commands stored."""
    pools: Mapping[str, Standing]
