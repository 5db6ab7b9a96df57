"""Something costly that many ask for at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Made when somebody asks, but at most once in a while, and once for all who ask meanwhile; all of them get the
    error, too, when there is one."""

    def __init__(self, make: Callable[[], Awaitable[Value]], kept_s: float) -> None:
        self._make = make
        self._kept_s = kept_s
        self._values: list[Value] = []
        self._until = 0.0
        self._making: asyncio.Task[Value] | None = None

    async def get(self) -> Value:
        if self._values and time.monotonic() < self._until:
            return self._values[0]
        if self._making is None:
            self._making = asyncio.create_task(self._renew())
            self._making.add_done_callback(self._on_made)
        return await asyncio.shield(self._making)  # who gives up leaves it to the others

    async def _renew(self) -> Value:
        value = await self._make()
        self._values = [value]
        self._until = time.monotonic() + self._kept_s
        return value

    def _on_made(self, making: asyncio.Task[Value]) -> None:
        self._making = None
        if not making.cancelled():
            making.exception()  # that nobody waits for it any more is no news
