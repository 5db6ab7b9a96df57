"""Things many clients watch at once, each read by one task for as long as somebody watches."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
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

    def __contains__(self, key: str) -> bool:
        return key in self._open

    @contextlib.asynccontextmanager
    async def watching(self, key: str, make: Callable[[], Kind]) -> AsyncIterator[Kind]:
        """The source of that name; made for the first viewer, ended with the last."""
        if key not in self._open:
            source = make()
            self._open[key] = source, asyncio.create_task(source.run(), name=f"watch {key}")
        self._viewers[key] = self._viewers.get(key, 0) + 1
        try:
            yield self._open[key][0]
        finally:
            self._viewers[key] -= 1
            if not self._viewers[key]:
                del self._viewers[key]
                self._open.pop(key)[1].cancel()
