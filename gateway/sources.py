"""Things many clients watch at once, each read by one task for as long as somebody watches."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from mycoderai.gateway.packets import Batch

Part = tuple[int, Batch]
"""A cursor, and the packets that lead up to it from an earlier one."""


class Source(Protocol):
    """Something that happens. Who has seen everything has the cursor `head`."""

    head: int

    async def run(self) -> None:
        """Read what happens, for ever."""

    async def past(self, cursor: int) -> None:
        """Wait until `head` is past the cursor."""

    def at_hand(self, cursor: int) -> Part | None:
        """The next part past a cursor, in order; None when it has to be read again."""

    async def after(self, cursor: int) -> Part:
        """The next part past a cursor, read again if needed."""


class Head:
    """A cursor that others wait for."""

    def __init__(self, head: int = 0) -> None:
        self.head = head
        self._moved = asyncio.Event()

    def move(self, head: int) -> None:
        if head > self.head:
            self.head = head
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def past(self, cursor: int) -> None:
        while self.head <= cursor:
            await self._moved.wait()


class Runs(Protocol):
    async def run(self) -> None: ...


Kind = TypeVar("Kind", bound=Runs)


class Sources:
    """What is in use."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Any, asyncio.Task[None]]] = {}
        self._viewers: dict[str, int] = {}

    def open(self, key: str, make: Callable[[], Kind]) -> Kind:
        """What has that name, made for its first viewer. Every `open` needs a `close`."""
        if key not in self._open:
            source = make()
            self._open[key] = source, asyncio.create_task(source.run(), name=f"watch {key}")
        self._viewers[key] = self._viewers.get(key, 0) + 1
        opened: Kind = self._open[key][0]
        return opened

    def hold(self, key: str) -> None:
        """One more viewer of what is open."""
        self._viewers[key] += 1

    def close(self, key: str) -> None:
        """A viewer left; it ends with its last one."""
        self._viewers[key] -= 1
        if not self._viewers[key]:
            del self._viewers[key]
            self._open.pop(key)[1].cancel()
