"""Signs that a piece of work gets on, so that one that hangs can be told from one that takes long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Signs:
    """When the work last showed one."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    @property
    def silent_s(self) -> float:
        return time.monotonic() - self._last

    def show(self) -> None:
        self._last = time.monotonic()


_signs: ContextVar[Signs | None] = ContextVar("signs", default=None)


@contextmanager
def watched() -> Iterator[Signs]:
    """The signs of what is begun inside the block, tasks and threads included."""
    signs = Signs()
    token = _signs.set(signs)
    try:
        yield signs
    finally:
        _signs.reset(token)


def show_sign() -> None:
    """Say that the work at hand gets on, if anybody watches it."""
    if signs := _signs.get():
        signs.show()
