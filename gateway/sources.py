"""Things many clients watch at once, each read by one task for as long as somebody watches."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Payloads = list[dict[str, Any]]


class Source(Protocol):
    """Something that happens. Viewers pull: each keeps its own cursor, so none can hold up another."""

    async def run(self) -> None:
        """Read what happens, for ever."""

    async def after(self, cursor: int) -> tuple[int, Payloads]:
        """Wait until there is something past the cursor; the next part of it, in order, and the new cursor."""


Kind = TypeVar("Kind", bound=Source)


class Sources:
    """The sources in use."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Any, asyncio.Task[None]]] = {}
        self._viewers: dict[str, int] = {}

    def open(self, key: str, make: Callable[[], Kind]) -> Kind:
        """The source of that name, made for its first viewer. Every `open` needs a `close`."""
        if key not in self._open:
            source = make()
            self._open[key] = source, asyncio.create_task(source.run(), name=f"watch {key}")
        self._viewers[key] = self._viewers.get(key, 0) + 1
        opened: Kind = self._open[key][0]
        return opened

    def close(self, key: str) -> None:
        """A viewer left; the source ends with its last one."""
        self._viewers[key] -= 1
        if not self._viewers[key]:
            del self._viewers[key]
            self._open.pop(key)[1].cancel()
